"""The stylesheet of the Data Docs, inside every page: no file to lose, no server to ask."""

from __future__ import annotations

STYLE = """
:root { color-scheme: light dark; --ink: #1c2430; --soft: #5b6675; --line: #d9dee5; --page: #fff; --tint: #f5f7fa;
  --good: #1a7f4b; --bad: #b3261e; --bad-tint: #fdf0ef; --link: #0b57d0; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6eaf0; --soft: #9aa6b5; --line: #323b47; --page: #14181e;
  --tint: #1c222a; --good: #5ccb8f; --bad: #ff8a80; --bad-tint: #2f1d1d; --link: #8ab4f8; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--ink); font: 15px/1.5 system-ui, sans-serif; }
main { max-width: 68rem; margin: 0 auto; padding: 1.5rem 1.25rem 4rem; }
a { color: var(--link); }
h1 { font-size: 1.6rem; margin: .25rem 0 .5rem; }
h2 { font-size: 1.2rem; margin: 2rem 0 .5rem; }
.up { margin: 0; }
.verdict { font-weight: 600; padding: .6rem .9rem; border-left: 4px solid; background: var(--tint); }
.verdict.holds { border-color: var(--good); }
.verdict.fails { border-color: var(--bad); background: var(--bad-tint); }
.facts { display: flex; flex-wrap: wrap; gap: .5rem 2rem; margin: 1rem 0; }
.facts dt { color: var(--soft); font-size: .85rem; }
.facts dd { margin: 0; font-variant-numeric: tabular-nums; }
.contents { display: flex; flex-wrap: wrap; gap: .4rem 1.5rem; list-style: none; margin: 0 0 1rem; padding: 0; }
.contents span, summary span, .reason { color: var(--soft); }
.contents .fails span { color: var(--bad); font-weight: 600; }
main > details { border: 1px solid var(--line); border-radius: 6px; margin: .75rem 0; }
main > details.fails { border-color: var(--bad); }
main > details > summary { padding: .6rem .9rem; cursor: pointer; background: var(--tint); border-radius: 6px; }
summary .count { float: right; font-variant-numeric: tabular-nums; }
.fails > summary .count { color: var(--bad); font-weight: 600; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; vertical-align: top; padding: .4rem .9rem; border-top: 1px solid var(--line); }
th { color: var(--soft); font-weight: 500; font-size: .85rem; border-top: 0; }
details .wide th:first-child, details .wide td:first-child { width: 4rem; }
details .wide td:nth-child(2) { width: 55%; }
.sample td:nth-child(n), .sample th:nth-child(n) { width: auto; padding: .2rem .6rem; white-space: nowrap; }
.short { white-space: nowrap; }
.number { text-align: right; font-variant-numeric: tabular-nums; }
tr.fails > td { background: var(--bad-tint); }
.holds > td .mark { color: var(--good); }
.fails > td .mark { color: var(--bad); font-weight: 700; }
.reason { display: block; font-size: .9rem; }
.values { color: var(--soft); font-size: .9rem; }
.values ul { display: inline; margin: 0; padding: 0; }
.values li { display: inline; }
.values li + li::before { content: ", "; }
code { font: .85em ui-monospace, monospace; overflow-wrap: anywhere; }
@media print { main { max-width: none; } details { break-inside: avoid; } }
"""
