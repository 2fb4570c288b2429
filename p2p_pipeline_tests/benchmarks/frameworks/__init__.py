"""The same table in frameworks that this program does not use; `bench_web_frameworks` runs them apart."""
