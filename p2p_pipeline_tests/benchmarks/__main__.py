"""`make bench`: every benchmark's table, one after the other."""

from p2p_pipeline_tests.benchmarks import (
    bench_arbitrage_scan,
    bench_execution,
    bench_history,
    bench_loader,
    bench_order_books,
    bench_parsing,
    bench_pipeline,
    bench_start,
    bench_sweep,
    bench_warehouse,
    bench_web,
)

bench_start.main()
bench_execution.main()
bench_pipeline.main()
bench_parsing.main()
bench_history.main()
bench_sweep.main()
bench_loader.main()
bench_order_books.main()
bench_arbitrage_scan.main()
bench_warehouse.main()
bench_web.main()
