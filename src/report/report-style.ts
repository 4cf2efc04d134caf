/** The style of the HTML report: readable by day and by night, on paper, and on a narrow screen. */
export const REPORT_STYLE = `
:root { color-scheme: light dark; --page: #ffffff; --ink: #1b1f24; --soft: #5c6670; --rule: #d5dae0;
  --pass: #1a7f37; --fail: #c62828; --doubt: #8a6100; --mark: #7a3ea8;
  --c0: #0b6bcb; --c1: #c2410c; --c2: #15803d; --c3: #9333ea; --c4: #b91c5c; --c5: #0e7490; --c6: #854d0e; --c7: #4b5563; }
@media (prefers-color-scheme: dark) { :root { --page: #14181d; --ink: #e6eaee; --soft: #9aa5b1; --rule: #353d46;
  --pass: #57c271; --fail: #ff7b72; --doubt: #e3b341; --mark: #c297ff;
  --c0: #6cb6ff; --c1: #ffa657; --c2: #6bd088; --c3: #d2a8ff; --c4: #ff8fb8; --c5: #56d4dd; --c6: #e3c07b; --c7: #b1bac4; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--ink); font: 15px/1.5 system-ui, sans-serif; }
main { max-width: 1040px; margin: 0 auto; padding: 24px 20px 64px; }
h1 { font-size: 1.7rem; margin: 0 0 4px; }
h2 { font-size: 1.2rem; margin: 36px 0 8px; padding-top: 12px; border-top: 1px solid var(--rule); }
p { margin: 6px 0; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: 14px; margin-top: 8px; font-variant-numeric: tabular-nums; }
th, td { text-align: left; vertical-align: top; padding: 5px 12px 5px 0; border-bottom: 1px solid var(--rule); overflow-wrap: anywhere; }
th { color: var(--soft); font-weight: 600; overflow-wrap: normal; }
.verdict { font-weight: 600; white-space: nowrap; }
.verdict.pass { color: var(--pass); } .verdict.fail, .verdict.error { color: var(--fail); } .verdict.inconclusive { color: var(--doubt); }
figure { margin: 18px 0; }
figcaption { display: flex; flex-wrap: wrap; gap: 2px 14px; font-size: 14px; align-items: baseline; }
.key { color: var(--soft); font-size: 13px; white-space: nowrap; }
.key i { display: inline-block; width: 16px; height: 0; border-width: 3px 0 0; border-style: solid; margin-right: 5px; vertical-align: middle; }
.key i.dashed { border-style: dashed; }
.key i.up, .key i.down, .key i.gap { height: 10px; border: 1px solid var(--rule); vertical-align: baseline; }
svg { display: block; width: 100%; height: auto; }
svg text { fill: var(--soft); font: 11px system-ui, sans-serif; }
.grid { stroke: var(--rule); stroke-width: 1; }
.limit { stroke: var(--fail); stroke-width: 1; stroke-dasharray: 5 4; }
.mark { stroke: var(--mark); stroke-width: 1; stroke-dasharray: 2 3; }
.line { fill: none; stroke-width: 1.6; stroke-linecap: round; stroke-linejoin: round; }
.line.dashed { stroke-dasharray: 6 4; }
${Array.from({ length: 8 }, (_, index) => `.l${index} { stroke: var(--c${index}); border-color: var(--c${index}); }`).join('\n')}
rect.up, i.up { fill: var(--pass); background: var(--pass); } rect.down, i.down { fill: var(--fail); background: var(--fail); }
rect.gap { fill: none; } rect { opacity: .75; }
.events { font-size: 14px; columns: 2 380px; padding-left: 28px; }
.events time { color: var(--soft); }
@media print { main { max-width: none; } figure, tr { break-inside: avoid; } }
`;
