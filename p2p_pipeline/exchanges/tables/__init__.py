"""What scans found and what came of each hour's frames, as Parquet tables of the lake.

Here: the tables, a scan as their rows, files by hour. Not here: who scans (service/), who scans again (replay/).
"""
