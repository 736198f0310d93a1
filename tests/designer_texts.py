"""Texts that readers paste into the lab *Design a network*, in the ways in which tutorials write networks.

`RIGHT` is run with Keras, which says what the lab has to read; `SUMMARIES` are tables with what they say; `REFUSED` are
texts with the words of the sentence that has to be said about them.
"""

RIGHT = {
    "list": """\
model = keras.Sequential([
    layers.Conv2D(32, (3, 3), activation="relu", input_shape=(32, 32, 3)),
    layers.MaxPooling2D((2, 2)),
    layers.Flatten(),
    layers.Dense(10)])""",
    "input object": """\
model = keras.Sequential([
    keras.Input(shape=(28, 28, 1)),
    layers.Conv2D(32, kernel_size=(3, 3), activation="relu"),
    layers.MaxPooling2D(pool_size=(2, 2)),
    layers.Flatten(),
    layers.Dropout(0.5),
    layers.Dense(10, activation="softmax")])""",
    "names with values": """\
num_classes = 10
input_shape = (28, 28, 1)

model = keras.Sequential(
    [
        keras.Input(shape=input_shape),
        layers.Conv2D(64, 3),
        layers.GlobalAveragePooling2D(),
        layers.Dense(num_classes),
    ]
)
model.summary()""",
    "add": """\
model = Sequential()
model.add(Conv2D(32, (3, 3), padding="same", input_shape=(32, 32, 3)))
model.add(Activation("relu"))
model.add(MaxPooling2D(pool_size=(2, 2)))
model.add(Dropout(0.25))
model.add(Flatten())
model.add(Dense(512))
model.add(Dense(10, activation="softmax"))""",
    "add after list": """\
model = models.Sequential([layers.Input((32, 32, 3))])
model.add(layers.Conv2D(8, 5, strides=2))
model.add(layers.Flatten())
model.add(layers.Dense(1, activation='sigmoid'))""",
    "flattened digits": """\
model = tf.keras.models.Sequential([
  tf.keras.layers.Flatten(input_shape=(28, 28)),
  tf.keras.layers.Dense(128, activation="relu"),
  tf.keras.layers.Dropout(0.2),
  tf.keras.layers.Dense(10)
])""",
    "dense alone": 'model = Sequential([Input((784,)), Dense(64, activation="tanh"), Dense(10)])',
    "input_dim": """\
model = Sequential()
model.add(Dense(12, input_dim=8, activation="relu"))
model.add(Dense(1, activation="sigmoid"))""",
    "rescaling": """\
img_height = 180
img_width = 180
num_classes = 5
model = Sequential([
  layers.Input((img_height, img_width, 3)),
  layers.Rescaling(1./255),
  layers.Conv2D(16, 3, padding='same', activation='relu'),
  layers.MaxPooling2D(),
  layers.Flatten(),
  layers.Dense(num_classes)
])""",
    "two sizes at once": """\
H, W = 48, 64
model = Sequential([
    Input((H, W, 3)),
    Conv2D(4, (3, 5)),
    AveragePooling2D((2, 3)),
    Flatten(),
    Dense(2)])""",
    "tuple plus tuple": """\
IMG_SIZE = (64, 64)
model = Sequential([Input(shape=IMG_SIZE + (3,)), Conv2D(4, 3), Flatten(), Dense(2)])""",
    "entry of a tuple": """\
SHAPE = (40, 40, 3)
model = Sequential([Input((SHAPE[0], SHAPE[1], 1)), Conv2D(4, 3), Flatten(), Dense(2)])""",
    "products": """\
n = 8
model = Sequential([
    Input((32, 32, 3)),
    Conv2D(n * 2, 3),
    Conv2D(n * 2 ** 2, 3),
    Flatten(),
    Dense(n // 3 + 1)])""",
    "no bias and norm": """\
model = Sequential([
    Input((32, 32, 3)),
    Conv2D(24, 3, padding="same", use_bias=False),
    BatchNormalization(),
    ReLU(),
    GlobalAveragePooling2D(),
    Dense(10)])""",
    "norm options": """\
model = Sequential([
    Input((16, 16, 3)),
    BatchNormalization(axis=-1, momentum=0.9, epsilon=1e-3, scale=False),
    Flatten(),
    Dense(3)])""",
    "regularised": """\
model = Sequential([
    Input((32, 32, 3)),
    Conv2D(8, 3, kernel_initializer='he_uniform', kernel_regularizer=regularizers.l2(1e-4)),
    Flatten(),
    Dense(10, kernel_constraint=None)])""",
    "dilated": """\
model = Sequential([
    Input((32, 32, 3)),
    Conv2D(8, 3, dilation_rate=2),
    Conv2D(8, 3, dilation_rate=(2, 1)),
    Flatten(),
    Dense(4)])""",
    "groups": "model = Sequential([Input((32, 32, 4)), Conv2D(8, 3, groups=4), Flatten(), Dense(4)])",
    "short names": """\
model = Sequential([
    Input((32, 32, 3)),
    Conv2D(8, 3),
    MaxPool2D(2, 2),
    AvgPool2D(2),
    GlobalMaxPool2D(),
    Dense(4)])""",
    "positional": """\
model = Sequential([
    Input((33, 33, 3)),
    Conv2D(8, 3, 2, 'same'),
    MaxPooling2D(3, 2, 'same'),
    Flatten(),
    Dense(4, 'softmax')])""",
    "comments": """\
# a network
model = Sequential([
    Input((32, 32, 3)),  # the image
    Conv2D(8, 3),  # "eight" filters
    # Dropout(0.5),
    Flatten(),
    Dense(4),
])""",
    "function": '''\
def create_model():
    """Build it."""
    model = Sequential()
    model.add(Input((32, 32, 3)))
    model.add(Conv2D(8, 3))
    model.add(Flatten())
    model.add(Dense(4))
    return model

model = create_model()''',
    "with training": """\
x_train = np.zeros((2, 28, 28, 1)) / 255.0
model = Sequential([Input((28, 28, 1)), Flatten(), Dense(10)])
model.compile(optimizer=keras.optimizers.Adam(1e-3), loss='mse', metrics=['accuracy'])
print(f'{model.count_params():,}')
history = {name: [] for name in ('a', 'b')}""",
    "named": """\
model = Sequential(name='net', layers=[Input((28, 28, 1), name='image'),
    Conv2D(4, 3, name='conv'),
    Flatten(),
    Dense(10, name='scores')])""",
    "nested": """\
block = Sequential([Conv2D(8, 3), ReLU()])
model = Sequential([Input((28, 28, 1)), block, Flatten(), Dense(10)])""",
    "functions of activation": """\
model = Sequential([
    Input((28, 28, 1)),
    Conv2D(4, 3, activation=tf.nn.relu),
    Flatten(),
    Dense(10, activation=keras.activations.softmax)])""",
    "prompt": """\
>>> model = Sequential()
>>> model.add(Input((28, 28, 1)))
>>> model.add(Conv2D(4, 3,
...     padding='same'))
>>> model.add(Flatten())
>>> model.add(Dense(2))""",
    "built later": """\
model = Sequential([Conv2D(4, 3), Flatten(), Dense(2)])
model.build((None, 20, 20, 3))""",
    "input layer": """\
model = Sequential([
    InputLayer(shape=(20, 20, 3)),
    LeakyReLU(negative_slope=0.1),
    Softmax(),
    Flatten(),
    Dense(2)])""",
    "semicolons and strides": """\
f = 6; k = 5
model = Sequential([
    Input((32, 32, 1)),
    Conv2D(filters=f, kernel_size=k, strides=(2, 1), data_format='channels_last'),
    Flatten(),
    Dense(units=2)])""",
}

REFUSED = {
    "functional": (
        """\
inputs = keras.Input((32, 32, 3))
x = layers.Conv2D(8, 3)(inputs)
model = keras.Model(inputs, x)""",
        "Line 2: layers.Conv2D(…)(…) is the functional style",
    ),
    "class": (
        """\
class Net(keras.Model):
    def __init__(self):
        self.conv = layers.Conv2D(8, 3)""",
        "Line 1: “class” in line 1",
    ),
    "loop": (
        """\
model = Sequential([Input((32, 32, 3))])
for n in (8, 16):
    model.add(Conv2D(n, 3))""",
        "Line 3: “for” in line 2",
    ),
    "condition": (
        """\
if first:
    shape = (3, 32, 32)
else:
    shape = (32, 32, 3)
model = Sequential([Input(shape), Flatten(), Dense(2)])""",
        "Line 5: “shape” has no value",
    ),
    "comprehension": (
        "model = Sequential([Input((32, 32, 3))] + [Conv2D(8, 3) for _ in range(3)])",
        "Line 1: a list that is computed by “for”",
    ),
    "unknown layer": (
        """\
model = Sequential([
    Input((32, 32, 3)),
    LSTM(8),
])""",
        "Line 3: LSTM is no layer that this lab knows",
    ),
    "augmentation": (
        'model = Sequential([Input((32, 32, 3)), layers.RandomFlip("horizontal"), Flatten()])',
        "layers.RandomFlip is no layer",
    ),
    "pretrained": (
        """\
base = keras.applications.VGG16(include_top=False)
model = Sequential([base, Flatten(), Dense(2)])""",
        "keras.applications.VGG16 is no layer",
    ),
    "open name": (
        "model = Sequential([Input((32, 32, 3)), Flatten(), Dense(len(os.listdir(path)))])",
        "“len(…)” has no value in this text",
    ),
    "open size": (
        "model = Sequential([Input((None, None, 3)), Conv2D(8, 3)])",
        "shape=(None, None, 3) leaves a size open",
    ),
    "channels first": (
        'model = Sequential([Conv2D(8, 3, data_format="channels_first", input_shape=(3, 32, 32))])',
        "has its channels first",
    ),
    "old argument": (
        'model.add(Conv2D(8, 3, border_mode="same"))',
        "Line 1: Conv2D has the argument “border_mode”",
    ),
    "missing argument": (
        "model.add(Conv2D(8))",
        "Line 1, Conv2D, has no kernel_size.",
    ),
    "bracket": (
        """\
model = Sequential([
    Conv2D(8, 3),
    Dense(2)""",
        "is missing",
    ),
    "comma": (
        """\
model = Sequential([
    Conv2D(8, 3)
    Dense(2)
])""",
        "Line 3: “Dense” stands where “]” was expected.",
    ),
    "list times a negative number": (
        """\
n = 1
model = Sequential([Dense(1)] * -n)""",
        "Line 2: a list times −1 is not read",
    ),
    "PyTorch": (
        """\
import torch.nn as nn
net = nn.Sequential(nn.Conv2d(3, 32, 3, padding=1), nn.ReLU(), nn.Linear(64, 10))""",
        "This is PyTorch, and Keras is read here: write layers.Conv2D(32, 3",
    ),
    "a network that PyTorch prints": (
        """\
Sequential(
  (0): Conv2d(3, 32, kernel_size=(3, 3), stride=(1, 1))
  (1): ReLU()
)""",
        "This is PyTorch",
    ),
    "lists within lists": (
        "s0 = [1, 1]\n"
        + "".join(f"s{n + 1} = [s{n}, s{n}]\n" for n in range(25))
        + "model = Sequential([Input(s25), Dense(2)])",
        "Line 27: “s21” has no value in this text",
    ),
    "list of copies": (
        "model = Sequential([Input([[[[1] * 64] * 64] * 64]), Dense(2)])",
        "Line 1: lists with more than 2,000 entries within one another",
    ),
    "networks within networks": (
        "m0 = Sequential([ReLU()])\n" + "".join(f"m{n + 1} = Sequential([m{n}, m{n}])\n" for n in range(25)),
        "Line 12: a network of more than 2,000 layers",
    ),
    "long list": (
        "model = Sequential([Input([0] * 64 * 64 * 64 * 64 * 64), Dense(2)])",
        "Line 1: a list of 4,096 entries is not read; use up to 64.",
    ),
    "list that doubles": (
        "model = Sequential(\n    [Dense(2)] * 40\n    + [Dense(2)] * 40)",
        "Line 2: a list of 80 entries is not read",
    ),
    "worked out": (
        "model = Sequential([\n    Input((8,)),\n    -x,\n])",
        "Line 3: “…” is used as a layer",
    ),
    "worked out of a list": (
        "model = Sequential([\n    Input((8,)),\n    [Dense(2)][1],\n])",
        "Line 3: “…” is used as a layer",
    ),
    "worked out of two": (
        "model = Sequential([\n    Input((8,)),\n    Dense(2) + 1,\n])",
        "Line 3: “…” is used as a layer",
    ),
    "called twice": (
        "model = Sequential([\n    Input((8,)),\n    make()(3).layer,\n])",
        "Line 3: “….layer” is used as a layer",
    ),
    "list within the list": (
        "model = Sequential([[Conv2D(8, 3), ReLU()], Flatten()])",
        "Line 1: a list within the list stands where a layer was expected.",
    ),
    "number for a layer": (
        "model = Sequential([Dense(2), None])",
        "Line 1: None stands where a layer was expected.",
    ),
    "empty add": (
        "model = Sequential()\nmodel.add()",
        "Line 2: model.add() has no layer in its brackets",
    ),
    "nothing": (
        """\
import numpy as np
x = np.zeros(3)""",
        "No network was found",
    ),
    "prose": (
        "Dear lab, please make me a network.",
        "No network was found",
    ),
    "two networks": (
        """\
a = Sequential([Dense(2)])
b = Sequential([Dense(3)])""",
        "2 networks",
    ),
    "fifty": (
        "\n".join(["model = Sequential([Input((8,))])"] + ["model.add(Dense(8))"] * 50),
        "The network has 50 layers; this lab holds 1 to 40.",
    ),
    "summary of another type": (
        " lstm (LSTM)                 (None, 8)                 320       ",
        "Line 1: the layer “lstm (LSTM)”",
    ),
    "summary not built": (
        "│ conv2d (Conv2D)                 │ ?                      │   0 (unbuilt) │",
        "Line 1: the model is not built",
    ),
    "summary that cannot be": (
        " conv2d (Conv2D)             (None, 30, 30, 32)        897       ",
        "Line 1: no Conv2D with a square kernel gives 30×30×32 and 897 parameters",
    ),
}

#: Tables, the network's input, and its layers' types and number of parameters.
SUMMARIES = {
    "Keras 2": (
        """\
Model: "sequential"
_________________________________________________________________
 Layer (type)                Output Shape              Param #
=================================================================
 conv2d (Conv2D)             (None, 30, 30, 32)        896

 max_pooling2d (MaxPooling2D  (None, 15, 15, 32)       0
 )
 conv2d_1 (Conv2D)           (None, 13, 13, 64)        18496
 flatten (Flatten)           (None, 10816)             0
 dense (Dense)               (None, 10)                108170
=================================================================
Total params: 127,562
Trainable params: 127,562
Non-trainable params: 0
_________________________________________________________________
""",
        (32, 32, 3),
        ["Conv2D", "MaxPooling2D", "Conv2D", "Flatten", "Dense"],
        127562,
    ),
    "cut short": (
        """\
Layer (type)                 Output Shape              Param #
conv2d_1 (Conv2D)            (None, 28, 28, 16)        160
_________
batch_normalization_1 (Batch (None, 28, 28, 16)        64
_________
max_pooling2d_1 (MaxPooling2 (None, 14, 14, 16)        0
_________
global_average_pooling2d (Gl (None, 16)                0
_________
dense_1 (Dense)              (None, 10)                170
""",
        (28, 28, 1),
        ["Conv2D", "BatchNormalization", "MaxPooling2D", "GlobalAveragePooling2D", "Dense"],
        394,
    ),
    "Keras 2, functional": (
        """\
 input_1 (InputLayer)        [(None, 224, 224, 3)]     0
 block1_conv1 (Conv2D)       (None, 224, 224, 64)      1792
 block1_pool (MaxPooling2D)  (None, 112, 112, 64)      0
""",
        (224, 224, 3),
        ["Conv2D", "MaxPooling2D"],
        1792,
    ),
    "digits": (
        """\
 flatten (Flatten)           (None, 784)               0
 dense (Dense)               (None, 128)               100480
 dropout (Dropout)           (None, 128)               0
 dense_1 (Dense)             (None, 10)                1290
""",
        (784,),
        ["Flatten", "Dense", "Dropout", "Dense"],
        101770,
    ),
    "Keras 3": (
        """\
┏━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━┳━━━━━━━━━━━━━━━━━━━━━━━━┳━━━━━━━━━━━━━━━┓
┃ Layer (type)                    ┃ Output Shape           ┃       Param # ┃
┡━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━╇━━━━━━━━━━━━━━━━━━━━━━━━╇━━━━━━━━━━━━━━━┩
│ conv2d (Conv2D)                 │ (None, 26, 26, 32)     │           320 │
├─────────────────────────────────┼────────────────────────┼───────────────┤
│ batch_normalization             │ (None, 26, 26, 32)     │           128 │
│ (BatchNormalization)            │                        │               │
├─────────────────────────────────┼────────────────────────┼───────────────┤
│ flatten (Flatten)               │ (None, 21632)          │             0 │
├─────────────────────────────────┼────────────────────────┼───────────────┤
│ dense (Dense)                   │ (None, 10)             │       216,330 │
└─────────────────────────────────┴────────────────────────┴───────────────┘
 Total params: 216,778 (846.79 KB)
""",
        (28, 28, 1),
        ["Conv2D", "BatchNormalization", "Flatten", "Dense"],
        216778,
    ),
    "Keras 3, connected": (
        """\
│ image (InputLayer)  │ (None, 32, 32, 3) │          0 │ -                 │
├─────────────────────┼───────────────────┼────────────┼───────────────────┤
│ conv (Conv2D)       │ (None, 32, 32,    │        224 │ image[0][0]       │
│                     │ 8)                │            │                   │
├─────────────────────┼───────────────────┼────────────┼───────────────────┤
│ conv2 (Conv2D)      │ (None, 32, 32, 8) │        584 │ conv[0][0]        │
├─────────────────────┼───────────────────┼────────────┼───────────────────┤
│ add (Add)           │ (None, 32, 32, 8) │          0 │ conv[0][0],       │
│                     │                   │            │ conv2[0][0]       │
""",
        (32, 32, 3),
        ["Conv2D", "Conv2D", "Add"],
        808,
    ),
    "strides": (
        """\
 rescaling (Rescaling)       (None, 64, 64, 3)         0
 conv2d (Conv2D)             (None, 32, 32, 16)        432
 activation (Activation)     (None, 32, 32, 16)        0
 average_pooling2d (AverageP  (None, 10, 10, 16)       0
 ooling2D)
""",
        (64, 64, 3),
        ["Rescaling", "Conv2D", "Activation", "AveragePooling2D"],
        432,
    ),
    "seven wide": (
        """\
 conv2d (Conv2D)             (None, 112, 112, 64)      9472
 max_pooling2d (MaxPooling2D) (None, 56, 56, 64)       0
""",
        (224, 224, 3),
        ["Conv2D", "MaxPooling2D"],
        9472,
    ),
}
