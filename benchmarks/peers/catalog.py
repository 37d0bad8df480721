"""All peers, in the order of the tables."""

from benchmarks.peers import (
    compare_command,
    grid_search,
    jax_vmap,
    keras,
    lightning,
    losslab,
    pytorch_dataloader,
    pytorch_loop,
    sklearn,
    skorch,
)
from benchmarks.peers.spec import Peer
from losslab.core.registry import Registry

PEERS: Registry[Peer] = Registry(
    "peer",
    [
        # losslab itself
        losslab.AUTO,
        losslab.COMPILED,
        losslab.STACKED,
        # one network after the other
        sklearn.ALONE,
        sklearn.IN_PROCESSES,
        pytorch_loop.PEER,
        pytorch_dataloader.PEER,
        skorch.PEER,
        lightning.PEER,
        keras.PEER,
        # all networks at once
        jax_vmap.PEER,
        # whole studies
        compare_command.PEER,
        grid_search.PEER,
    ],
)
