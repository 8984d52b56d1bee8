/// How the page looks: on light and dark screens and on paper, from the width of a telephone up.
///
/// Colours of lines and areas are those of Okabe and Ito (2008), which people with any colour vision tell apart,
/// darker or lighter where the background needs it.
enum PageStyle {
    static let text = """
        :root {
          color-scheme: light dark;
          --page: #f5f6f8; --card: #ffffff; --ink: #1b1f24; --faint: #5b6470; --line: #dfe3e8; --soft: #eef1f4;
          --c0: #0072b2; --c1: #d55e00; --c2: #00815c; --c3: #a8478a; --good: #00704f; --bad: #b3261e; --warn: #8a5a00;
          --a0: #0072b2; --a1: #56b4e9; --a2: #009e73; --a3: #e69f00; --a4: #cc79a7; --a5: #b5aa1e; --a6: #8a94a0;
          --resident: #1b1f24;
        }
        @media screen and (prefers-color-scheme: dark) {
          :root {
            --page: #12151a; --card: #1b2027; --ink: #e8ebef; --faint: #9ea8b4; --line: #323a45; --soft: #252c35;
            --c0: #5ab4f0; --c1: #f58a42; --c2: #35c79b; --c3: #df92c2; --good: #4fd0a6;
            --bad: #ff8a80; --warn: #f0b64a;
            --a0: #2c83c0; --a1: #7cc6f2; --a2: #1fa580; --a3: #e3a32c; --a4: #c97aa6; --a5: #c9bf45; --a6: #7b8795;
            --resident: #f4f6f8;
          }
        }
        * { box-sizing: border-box; }
        html { -webkit-text-size-adjust: 100%; }
        body {
          margin: 0; background: var(--page); color: var(--ink);
          font: 15px/1.5 system-ui, -apple-system, "Segoe UI", "Liberation Sans", "DejaVu Sans", Arial, sans-serif;
        }
        main { max-width: 1280px; margin: 0 auto; padding: 24px 20px 48px; }
        h1, h2, h3, p, ul, dl, dd, figure, table { margin: 0; padding: 0; }
        h1 { font-size: 26px; line-height: 1.25; overflow-wrap: anywhere; }
        h2 { font-size: 18px; margin: 32px 0 12px; }
        h3 { font-size: 15px; font-weight: 600; overflow-wrap: anywhere; }
        .status { margin: 8px 0 0; color: var(--faint); overflow-wrap: anywhere; }
        .chip {
          display: inline-block; padding: 0 10px; margin-right: 8px; border-radius: 999px; font-weight: 600;
          border: 1px solid currentColor;
        }
        .done { color: var(--good); } .running { color: var(--c0); } .stopped { color: var(--warn); }
        .failed { color: var(--bad); }
        .card { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 14px 16px; }
        .tiles { display: grid; gap: 12px; margin-top: 20px; }
        .tiles { grid-template-columns: repeat(auto-fit, minmax(150px, 1fr)); }
        .tile dt { color: var(--faint); font-size: 13px; overflow-wrap: anywhere; }
        .tile dd { font-size: 22px; font-weight: 600; line-height: 1.3; font-variant-numeric: tabular-nums; }
        .tile .aside { display: block; font-size: 13px; font-weight: 400; color: var(--faint); }
        .grid2 { display: grid; gap: 16px; grid-template-columns: repeat(auto-fit, minmax(min(100%, 460px), 1fr)); }
        .grid2 > * { min-width: 0; }
        .wide { grid-column: 1 / -1; }
        figcaption { display: flex; flex-wrap: wrap; gap: 4px 16px; align-items: baseline; margin-bottom: 10px; }
        .keys { display: flex; flex-wrap: wrap; gap: 2px 14px; list-style: none; font-size: 13px; color: var(--faint); }
        .swatch { display: inline-block; width: 16px; height: 0; margin-right: 6px; vertical-align: middle; }
        .swatch { border-top: 3px solid var(--c); }
        .swatch.area { height: 11px; width: 11px; border: 0; background: var(--c); border-radius: 2px; }
        .swatch.s1 { border-top-style: dashed; } .swatch.limit { border-top-style: dashed; }
        .plot { position: relative; height: 210px; margin: 0 14px 42px 58px; }
        .wide .plot { height: 280px; }
        .plot svg { display: block; overflow: visible; }
        .grid line { stroke: var(--line); stroke-width: 1; shape-rendering: crispEdges; }
        .grid .base { stroke: var(--faint); }
        .labels text { fill: var(--faint); font-size: 12px; font-variant-numeric: tabular-nums; }
        .labels .y { text-anchor: end; } .labels .x { text-anchor: middle; }
        path { vector-effect: non-scaling-stroke; }
        .line { fill: none; stroke: var(--c); stroke-width: 2; stroke-linejoin: round; stroke-linecap: round; }
        .line.s1 { stroke-dasharray: 6 4; }
        .dots { fill: none; stroke: var(--c); stroke-width: 6; stroke-linecap: round; }
        .band { fill: var(--c); opacity: .22; }
        .area { fill: var(--c); }
        path.area { stroke: var(--card); stroke-width: 1; }
        .s0 { --c: var(--c0); } .s1 { --c: var(--c1); } .s2 { --c: var(--c2); } .s3 { --c: var(--c3); }
        .a0 { --c: var(--a0); } .a1 { --c: var(--a1); } .a2 { --c: var(--a2); } .a3 { --c: var(--a3); }
        .a4 { --c: var(--a4); } .a5 { --c: var(--a5); } .a6 { --c: var(--a6); }
        .resident { --c: var(--resident); }
        .limit { --c: var(--bad); } .line.limit { stroke-dasharray: 8 5; }
        .remark { color: var(--faint); font-size: 13px; }
        .tip {
          position: absolute; top: 0; pointer-events: none; background: var(--card); border: 1px solid var(--line);
          border-radius: 6px; padding: 4px 8px; font-size: 12px; white-space: pre; z-index: 1;
          box-shadow: 0 2px 8px rgb(0 0 0 / .18); font-variant-numeric: tabular-nums;
        }
        .cursor { position: absolute; top: 0; bottom: 0; width: 1px; background: var(--faint); pointer-events: none; }
        .scroll { overflow-x: auto; }
        table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; font-size: 14px; }
        th, td { text-align: left; padding: 5px 12px 5px 0; border-top: 1px solid var(--line); vertical-align: top; }
        thead th { border-top: 0; color: var(--faint); font-weight: 500; white-space: nowrap; }
        th { font-weight: 500; }
        td.n, th.n { text-align: right; white-space: nowrap; }
        tr > :last-child { padding-right: 0; }
        tr.sum > * { border-top: 1px solid var(--faint); font-weight: 600; }
        .pairs th { color: var(--faint); width: 34%; } .pairs td { overflow-wrap: anywhere; }
        .notes { list-style: none; }
        .notes li { padding: 5px 0; border-top: 1px solid var(--line); overflow-wrap: anywhere; }
        .notes li:first-child { border-top: 0; }
        .over { color: var(--bad); }
        summary { cursor: pointer; font-weight: 600; } details[open] summary { margin-bottom: 8px; }
        .card + .card { margin-top: 0; } .below { margin-top: 12px; color: var(--faint); font-size: 13px; }
        @media (max-width: 520px) {
          main { padding: 16px 12px 32px; } .card { padding: 12px; } .plot { margin-left: 52px; margin-right: 10px; }
          .tiles { grid-template-columns: repeat(2, minmax(0, 1fr)); gap: 8px; } .tile dd { font-size: 19px; }
        }
        @media print {
          :root { color-scheme: light; }
          body { background: none; font-size: 12px; }
          main { padding: 0; max-width: none; }
          * { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
          .card, tr { break-inside: avoid; } h2 { break-after: avoid; }
          .grid2 { grid-template-columns: 1fr 1fr; }
        }

        """
}
