"""The tests, a folder for a folder of p2p_pipeline."""
