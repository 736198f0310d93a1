"""Texts that readers paste into the lab *Design a network*, in the ways in which tutorials write networks.

`RIGHT` is run with Keras, which says what the lab has to read; `SUMMARIES` are tables with what they say; `REFUSED` are
texts with the words of the sentence that has to be said about them.
"""

RIGHT = {
    "list": 'model = keras.Sequential([layers.Conv2D(32, (3, 3), activation="relu", input_shape=(32, 32, 3)), layers.MaxPooling2D((2, 2)), layers.Flatten(), layers.Dense(10)])',
    "input object": 'model = keras.Sequential([keras.Input(shape=(28, 28, 1)), layers.Conv2D(32, kernel_size=(3, 3), activation="relu"), layers.MaxPooling2D(pool_size=(2, 2)), layers.Flatten(), layers.Dropout(0.5), layers.Dense(10, activation="softmax")])',
    "names with values": 'num_classes = 10\ninput_shape = (28, 28, 1)\n\nmodel = keras.Sequential(\n    [\n        keras.Input(shape=input_shape),\n        layers.Conv2D(64, 3),\n        layers.GlobalAveragePooling2D(),\n        layers.Dense(num_classes),\n    ]\n)\nmodel.summary()',
    "add": 'model = Sequential()\nmodel.add(Conv2D(32, (3, 3), padding="same", input_shape=(32, 32, 3)))\nmodel.add(Activation("relu"))\nmodel.add(MaxPooling2D(pool_size=(2, 2)))\nmodel.add(Dropout(0.25))\nmodel.add(Flatten())\nmodel.add(Dense(512))\nmodel.add(Dense(10, activation="softmax"))',
    "add after list": "model = models.Sequential([layers.Input((32, 32, 3))])\nmodel.add(layers.Conv2D(8, 5, strides=2))\nmodel.add(layers.Flatten())\nmodel.add(layers.Dense(1, activation='sigmoid'))",
    "flattened digits": 'model = tf.keras.models.Sequential([\n  tf.keras.layers.Flatten(input_shape=(28, 28)),\n  tf.keras.layers.Dense(128, activation="relu"),\n  tf.keras.layers.Dropout(0.2),\n  tf.keras.layers.Dense(10)\n])',
    "dense alone": 'model = Sequential([Input((784,)), Dense(64, activation="tanh"), Dense(10)])',
    "input_dim": 'model = Sequential()\nmodel.add(Dense(12, input_dim=8, activation="relu"))\nmodel.add(Dense(1, activation="sigmoid"))',
    "rescaling": "img_height = 180\nimg_width = 180\nnum_classes = 5\nmodel = Sequential([\n  layers.Input((img_height, img_width, 3)),\n  layers.Rescaling(1./255),\n  layers.Conv2D(16, 3, padding='same', activation='relu'),\n  layers.MaxPooling2D(),\n  layers.Flatten(),\n  layers.Dense(num_classes)\n])",
    "two sizes at once": "H, W = 48, 64\nmodel = Sequential([Input((H, W, 3)), Conv2D(4, (3, 5)), AveragePooling2D((2, 3)), Flatten(), Dense(2)])",
    "tuple plus tuple": "IMG_SIZE = (64, 64)\nmodel = Sequential([Input(shape=IMG_SIZE + (3,)), Conv2D(4, 3), Flatten(), Dense(2)])",
    "entry of a tuple": "SHAPE = (40, 40, 3)\nmodel = Sequential([Input((SHAPE[0], SHAPE[1], 1)), Conv2D(4, 3), Flatten(), Dense(2)])",
    "products": "n = 8\nmodel = Sequential([Input((32, 32, 3)), Conv2D(n * 2, 3), Conv2D(n * 2 ** 2, 3), Flatten(), Dense(n // 3 + 1)])",
    "no bias and norm": 'model = Sequential([Input((32, 32, 3)), Conv2D(24, 3, padding="same", use_bias=False), BatchNormalization(), ReLU(), GlobalAveragePooling2D(), Dense(10)])',
    "norm options": "model = Sequential([Input((16, 16, 3)), BatchNormalization(axis=-1, momentum=0.9, epsilon=1e-3, scale=False), Flatten(), Dense(3)])",
    "regularised": "model = Sequential([Input((32, 32, 3)), Conv2D(8, 3, kernel_initializer='he_uniform', kernel_regularizer=regularizers.l2(1e-4)), Flatten(), Dense(10, kernel_constraint=None)])",
    "dilated": "model = Sequential([Input((32, 32, 3)), Conv2D(8, 3, dilation_rate=2), Conv2D(8, 3, dilation_rate=(2, 1)), Flatten(), Dense(4)])",
    "groups": "model = Sequential([Input((32, 32, 4)), Conv2D(8, 3, groups=4), Flatten(), Dense(4)])",
    "short names": "model = Sequential([Input((32, 32, 3)), Conv2D(8, 3), MaxPool2D(2, 2), AvgPool2D(2), GlobalMaxPool2D(), Dense(4)])",
    "positional": "model = Sequential([Input((33, 33, 3)), Conv2D(8, 3, 2, 'same'), MaxPooling2D(3, 2, 'same'), Flatten(), Dense(4, 'softmax')])",
    "comments": '# a network\nmodel = Sequential([\n    Input((32, 32, 3)),  # the image\n    Conv2D(8, 3),  # "eight" filters\n    # Dropout(0.5),\n    Flatten(),\n    Dense(4),\n])',
    "function": 'def create_model():\n    """Build it."""\n    model = Sequential()\n    model.add(Input((32, 32, 3)))\n    model.add(Conv2D(8, 3))\n    model.add(Flatten())\n    model.add(Dense(4))\n    return model\n\nmodel = create_model()',
    "with training": "x_train = np.zeros((2, 28, 28, 1)) / 255.0\nmodel = Sequential([Input((28, 28, 1)), Flatten(), Dense(10)])\nmodel.compile(optimizer=keras.optimizers.Adam(1e-3), loss='mse', metrics=['accuracy'])\nprint(f'{model.count_params():,}')\nhistory = {name: [] for name in ('a', 'b')}",
    "named": "model = Sequential(name='net', layers=[Input((28, 28, 1), name='image'), Conv2D(4, 3, name='conv'), Flatten(), Dense(10, name='scores')])",
    "nested": "block = Sequential([Conv2D(8, 3), ReLU()])\nmodel = Sequential([Input((28, 28, 1)), block, Flatten(), Dense(10)])",
    "functions of activation": "model = Sequential([Input((28, 28, 1)), Conv2D(4, 3, activation=tf.nn.relu), Flatten(), Dense(10, activation=keras.activations.softmax)])",
    "prompt": ">>> model = Sequential()\n>>> model.add(Input((28, 28, 1)))\n>>> model.add(Conv2D(4, 3,\n...     padding='same'))\n>>> model.add(Flatten())\n>>> model.add(Dense(2))",
    "built later": "model = Sequential([Conv2D(4, 3), Flatten(), Dense(2)])\nmodel.build((None, 20, 20, 3))",
    "input layer": "model = Sequential([InputLayer(shape=(20, 20, 3)), LeakyReLU(negative_slope=0.1), Softmax(), Flatten(), Dense(2)])",
    "semicolons and strides": "f = 6; k = 5\nmodel = Sequential([Input((32, 32, 1)), Conv2D(filters=f, kernel_size=k, strides=(2, 1), data_format='channels_last'), Flatten(), Dense(units=2)])",
}  # fmt: skip

REFUSED = {
    "functional": ("inputs = keras.Input((32, 32, 3))\nx = layers.Conv2D(8, 3)(inputs)\nmodel = keras.Model(inputs, x)", "Line 2: layers.Conv2D(…)(…) is the functional style"),
    "class": ("class Net(keras.Model):\n    def __init__(self):\n        self.conv = layers.Conv2D(8, 3)", "Line 1: “class” in line 1"),
    "loop": ("model = Sequential([Input((32, 32, 3))])\nfor n in (8, 16):\n    model.add(Conv2D(n, 3))", "Line 3: “for” in line 2"),
    "condition": ("if first:\n    shape = (3, 32, 32)\nelse:\n    shape = (32, 32, 3)\nmodel = Sequential([Input(shape), Flatten(), Dense(2)])", "Line 5: “shape” has no value"),
    "comprehension": ("model = Sequential([Input((32, 32, 3))] + [Conv2D(8, 3) for _ in range(3)])", "Line 1: a list that is computed by “for”"),
    "unknown layer": ("model = Sequential([\n    Input((32, 32, 3)),\n    LSTM(8),\n])", "Line 3: LSTM is no layer that this lab knows"),
    "augmentation": ('model = Sequential([Input((32, 32, 3)), layers.RandomFlip("horizontal"), Flatten()])', "layers.RandomFlip is no layer"),
    "pretrained": ("base = keras.applications.VGG16(include_top=False)\nmodel = Sequential([base, Flatten(), Dense(2)])", "keras.applications.VGG16 is no layer"),
    "open name": ("model = Sequential([Input((32, 32, 3)), Flatten(), Dense(len(class_names))])", "“len(…)” has no value in this text"),
    "open size": ("model = Sequential([Input((None, None, 3)), Conv2D(8, 3)])", "leaves a size open"),
    "channels first": ('model = Sequential([Conv2D(8, 3, data_format="channels_first", input_shape=(3, 32, 32))])', "has its channels first"),
    "old argument": ('model.add(Conv2D(8, 3, border_mode="same"))', "Line 1: Conv2D has the argument “border_mode”"),
    "missing argument": ("model.add(Conv2D(8))", "Line 1, Conv2D, has no kernel_size."),
    "bracket": ("model = Sequential([\n    Conv2D(8, 3),\n    Dense(2)", "is missing"),
    "comma": ("model = Sequential([\n    Conv2D(8, 3)\n    Dense(2)\n])", "Line 3: “Dense” stands where “]” was expected."),
    "nothing": ("import numpy as np\nx = np.zeros(3)", "No network was found"),
    "prose": ("Dear lab, please make me a network.", "No network was found"),
    "two networks": ("a = Sequential([Dense(2)])\nb = Sequential([Dense(3)])", "2 networks"),
    "fifty": ("\n".join(["model = Sequential([Input((8,))])"] + ["model.add(Dense(8))"] * 50), "The network has 50 layers; this lab holds 1 to 40."),
    "summary of another type": (" lstm (LSTM)                 (None, 8)                 320       ", "Line 1: the layer “lstm (LSTM)”"),
    "summary not built": ("│ conv2d (Conv2D)                 │ ?                      │   0 (unbuilt) │", "Line 1: the model is not built"),
    "summary that cannot be": (" conv2d (Conv2D)             (None, 30, 30, 32)        897       ", "Line 1: no Conv2D with a square kernel gives 30×30×32 and 897 parameters"),
}  # fmt: skip

_KERAS_2 = """Model: "sequential"
_________________________________________________________________
 Layer (type)                Output Shape              Param #
=================================================================
{}
=================================================================
Total params: {:,}
Trainable params: {:,}
Non-trainable params: 0
_________________________________________________________________
"""

#: Tables, the network's input, and its layers' types and number of parameters.
SUMMARIES = {
    "Keras 2": (
        _KERAS_2.format(
            " conv2d (Conv2D)             (None, 30, 30, 32)        896       \n\n"
            " max_pooling2d (MaxPooling2D  (None, 15, 15, 32)       0         \n )                                                               \n"
            " conv2d_1 (Conv2D)           (None, 13, 13, 64)        18496     \n"
            " flatten (Flatten)           (None, 10816)             0         \n"
            " dense (Dense)               (None, 10)                108170    ",
            127562, 127562,
        ),
        (32, 32, 3), ["Conv2D", "MaxPooling2D", "Conv2D", "Flatten", "Dense"], 127562,
    ),
    "cut short": (
        "Layer (type)                 Output Shape              Param #   \n"
        "conv2d_1 (Conv2D)            (None, 28, 28, 16)        160       \n_________\n"
        "batch_normalization_1 (Batch (None, 28, 28, 16)        64        \n_________\n"
        "max_pooling2d_1 (MaxPooling2 (None, 14, 14, 16)        0         \n_________\n"
        "global_average_pooling2d (Gl (None, 16)                0         \n_________\n"
        "dense_1 (Dense)              (None, 10)                170       \n",
        (28, 28, 1), ["Conv2D", "BatchNormalization", "MaxPooling2D", "GlobalAveragePooling2D", "Dense"], 394,
    ),
    "Keras 2, functional": (
        " input_1 (InputLayer)        [(None, 224, 224, 3)]     0         \n"
        " block1_conv1 (Conv2D)       (None, 224, 224, 64)      1792      \n"
        " block1_pool (MaxPooling2D)  (None, 112, 112, 64)      0         \n",
        (224, 224, 3), ["Conv2D", "MaxPooling2D"], 1792,
    ),
    "digits": (
        " flatten (Flatten)           (None, 784)               0         \n"
        " dense (Dense)               (None, 128)               100480    \n"
        " dropout (Dropout)           (None, 128)               0         \n"
        " dense_1 (Dense)             (None, 10)                1290      \n",
        (784,), ["Flatten", "Dense", "Dropout", "Dense"], 101770,
    ),
    "Keras 3": (
        "┏━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━┳━━━━━━━━━━━━━━━━━━━━━━━━┳━━━━━━━━━━━━━━━┓\n"
        "┃ Layer (type)                    ┃ Output Shape           ┃       Param # ┃\n"
        "┡━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━╇━━━━━━━━━━━━━━━━━━━━━━━━╇━━━━━━━━━━━━━━━┩\n"
        "│ conv2d (Conv2D)                 │ (None, 26, 26, 32)     │           320 │\n"
        "├─────────────────────────────────┼────────────────────────┼───────────────┤\n"
        "│ batch_normalization             │ (None, 26, 26, 32)     │           128 │\n"
        "│ (BatchNormalization)            │                        │               │\n"
        "├─────────────────────────────────┼────────────────────────┼───────────────┤\n"
        "│ flatten (Flatten)               │ (None, 21632)          │             0 │\n"
        "├─────────────────────────────────┼────────────────────────┼───────────────┤\n"
        "│ dense (Dense)                   │ (None, 10)             │       216,330 │\n"
        "└─────────────────────────────────┴────────────────────────┴───────────────┘\n"
        " Total params: 216,778 (846.79 KB)\n",
        (28, 28, 1), ["Conv2D", "BatchNormalization", "Flatten", "Dense"], 216778,
    ),
    "Keras 3, connected": (
        "│ image (InputLayer)  │ (None, 32, 32, 3) │          0 │ -                 │\n"
        "├─────────────────────┼───────────────────┼────────────┼───────────────────┤\n"
        "│ conv (Conv2D)       │ (None, 32, 32,    │        224 │ image[0][0]       │\n"
        "│                     │ 8)                │            │                   │\n"
        "├─────────────────────┼───────────────────┼────────────┼───────────────────┤\n"
        "│ conv2 (Conv2D)      │ (None, 32, 32, 8) │        584 │ conv[0][0]        │\n"
        "├─────────────────────┼───────────────────┼────────────┼───────────────────┤\n"
        "│ add (Add)           │ (None, 32, 32, 8) │          0 │ conv[0][0],       │\n"
        "│                     │                   │            │ conv2[0][0]       │\n",
        (32, 32, 3), ["Conv2D", "Conv2D", "Add"], 808,
    ),
    "strides": (
        " rescaling (Rescaling)       (None, 64, 64, 3)         0         \n"
        " conv2d (Conv2D)             (None, 32, 32, 16)        432       \n"
        " activation (Activation)     (None, 32, 32, 16)        0         \n"
        " average_pooling2d (AverageP  (None, 10, 10, 16)       0         \n"
        " ooling2D)                                                       \n",
        (64, 64, 3), ["Rescaling", "Conv2D", "Activation", "AveragePooling2D"], 432,
    ),
    "seven wide": (
        " conv2d (Conv2D)             (None, 112, 112, 64)      9472      \n"
        " max_pooling2d (MaxPooling2D) (None, 56, 56, 64)       0         \n",
        (224, 224, 3), ["Conv2D", "MaxPooling2D"], 9472,
    ),
}  # fmt: skip
