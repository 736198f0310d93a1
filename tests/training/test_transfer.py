from cnnbook import models
from cnnbook.training.transfer import with_new_head


def test_a_new_head_leaves_the_other_layers_to_both_networks():
    network = models.deeper_cnn()
    new = with_new_head(network, 3)
    assert new.output_shape == (None, 3)
    assert network.output_shape == (None, 10)
    assert new.layers[:-1] == network.layers[:-1]
