"""losslab and its peers on the same work, in the same run, on the same machine."""
