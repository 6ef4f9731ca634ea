"""The style of results: light and dark by the notebook's theme, or else by the system's."""

_DARK = """--ts-ink: #e4e7eb; --ts-quiet: #a5afba; --ts-line: #48515c; --ts-good: #74d28a;
  --ts-bad: #ffa66b; --ts-a: #86b9ff;"""

STYLE = """
.ts-check { --ts-ink: #1f2328; --ts-quiet: #57606a; --ts-line: #c3cad2; --ts-good: #116329; --ts-bad: #a63a00;
  --ts-a: #0b5fa5; --ts-band: #6b7280; color: var(--ts-ink);
  font: 14px/1.5 system-ui, sans-serif; max-width: 52rem; }
@media (prefers-color-scheme: dark) {
  body:not([data-jp-theme-light]):not([data-vscode-theme-kind]) .ts-check { DARK }
}
body[data-jp-theme-light="false"] .ts-check, body.vscode-dark .ts-check,
body.vscode-high-contrast:not(.vscode-high-contrast-light) .ts-check { DARK }
.ts-check.ts-check p { margin: 0.3em 0; }
.ts-check.ts-check ol { list-style: none; margin: 0.4em 0; padding: 0; }
.ts-check li { border-top: 1px solid var(--ts-line); padding: 0.45em 0.2em; margin: 0; }
.ts-check .ts-sign { display: inline-block; width: 1.4em; font-weight: 700; }
.ts-check .ts-passed .ts-sign, .ts-check .ts-passed .ts-word { color: var(--ts-good); }
.ts-check .ts-failed .ts-sign, .ts-check .ts-failed .ts-word { color: var(--ts-bad); }
.ts-check .ts-word { font-weight: 600; margin-left: 0.4em; }
.ts-check summary { cursor: pointer; } .ts-check .ts-more { padding-left: 1.5em; }
.ts-check.ts-check dl {
  display: grid; grid-template-columns: max-content 1fr; gap: 0.1em 1em; margin: 0.4em 0; }
.ts-check.ts-check dt { color: var(--ts-quiet); font-weight: 600; float: none; width: auto; }
.ts-check.ts-check dd { margin: 0; padding: 0; overflow-wrap: anywhere; width: auto; float: none; }
.ts-check .ts-note { color: var(--ts-quiet); }
.ts-check pre { overflow-x: auto; margin: 0.3em 0; font-size: 12px; }
.ts-check figure { margin: 0.8em 0; overflow-x: auto; } .ts-check figcaption { color: var(--ts-quiet); }
.ts-check svg[role="img"] { max-width: max(100%, 34rem); height: auto; display: block; }
.ts-check svg * { vector-effect: non-scaling-stroke; }
.ts-text, .ts-small, .ts-tiny, .ts-bad { font: 12px system-ui, sans-serif; fill: var(--ts-ink); }
.ts-tiny { font-size: 10px; fill: var(--ts-quiet); } .ts-bad { fill: var(--ts-bad); font-weight: 700; }
.ts-line { stroke: var(--ts-ink); } .ts-grid { stroke: var(--ts-line); stroke-width: 1; }
.ts-a-line { fill: none; stroke: var(--ts-a); stroke-width: 2; } .ts-fill, .ts-bar { fill: var(--ts-a); }
.ts-quiet-dash { fill: none; stroke: var(--ts-quiet); stroke-width: 1.5; stroke-dasharray: 4 3; }
.ts-b-dash { stroke: var(--ts-bad); stroke-width: 1.5; stroke-dasharray: 7 4; }
.ts-ring { fill: none; stroke: var(--ts-quiet); stroke-width: 1.5; }
.ts-open { fill: none; stroke: var(--ts-ink); stroke-width: 1.5; }
.ts-open-dash { fill: none; stroke: var(--ts-quiet); stroke-width: 1.5; stroke-dasharray: 4 3; }
.ts-cross { fill: none; stroke: var(--ts-bad); stroke-width: 2.5; }
.ts-frame { fill: none; stroke: var(--ts-bad); stroke-width: 2.5; }
.ts-missing { fill: none; stroke: var(--ts-bad); stroke-width: 2; stroke-dasharray: 5 3; }
.ts-mark { fill: var(--ts-a); stroke: var(--ts-a); }
.ts-contour { fill: none; stroke: var(--ts-line); stroke-width: 1.2; }
.ts-band { fill: var(--ts-band); fill-opacity: 0.09; }
@media (max-width: 34rem) { .ts-check.ts-check dl { display: block; } .ts-check dd { margin-bottom: 0.3em; } }
""".replace("DARK", _DARK)
