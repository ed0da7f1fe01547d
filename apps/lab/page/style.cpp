#include "apps/lab/page/style.h"

namespace lively::lab {

const char* page_style() {
  return R"(
:root{color-scheme:light dark;--ink:#1c2128;--paper:#fff;--muted:#57606a;--line:#d0d7de;--cell:#eef1f4;--heat:#0b3d91;--r0:#0969da;--r1:#bc4c00;--r2:#1a7f37;--r3:#8250df;--r4:#bf3989;--r5:#1b7c83;--r6:#7d6600;--r7:#57606a;--gone:#8c959f;--good:#1a7f37;--bad:#cf222e;--note:#9a6700;--doubt:#bf8700}
@media (prefers-color-scheme:dark){:root{--ink:#e6edf3;--paper:#0d1117;--muted:#9198a1;--line:#30363d;--cell:#1b2128;--heat:#79c0ff;--r0:#58a6ff;--r1:#ffa657;--r2:#56d364;--r3:#d2a8ff;--r4:#ff80c0;--r5:#56d4dd;--r6:#e3c94b;--r7:#b1bac4;--gone:#6e7681;--good:#3fb950;--bad:#ff7b72;--note:#d29922;--doubt:#e3b341}}
*{box-sizing:border-box}body{margin:0 auto;max-width:60rem;padding:1rem;background:var(--paper);color:var(--ink);font:16px/1.5 system-ui,sans-serif}
h1{font-size:1.4rem;margin:.5rem 0}h2{font-size:1.15rem;margin:2.2rem 0 .5rem;border-top:1px solid var(--line);padding-top:.8rem}h3{font-size:1rem;margin:1rem 0 .3rem}.card h3{margin-top:0}p{margin:.4rem 0}
.verdict{--mark:var(--gone);border-left:.35rem solid var(--mark);padding:.2rem 1rem;margin:1rem 0}.verdict b{font-size:1.25rem}.verdict b::first-letter{text-transform:uppercase}
.verdict.good{--mark:var(--good)}.verdict.bad{--mark:var(--bad)}.verdict.note{--mark:var(--note)}.verdict.doubt{--mark:var(--doubt)}.how{display:inline-block;background:var(--mark);color:var(--paper);border-radius:.3rem;padding:0 .5rem;margin-right:.5rem;font-size:.85rem;font-weight:600;print-color-adjust:exact}
dl{display:grid;grid-template-columns:repeat(auto-fit,minmax(13rem,1fr));gap:.6rem;margin:.8rem 0}dl div{background:var(--cell);border-radius:.3rem;padding:.5rem .7rem}dt{color:var(--muted);font-size:.85rem}dd{margin:0;font-size:1.2rem}dd small{display:block;color:var(--muted);font-size:.8rem}
.muted,.legend,figcaption{color:var(--muted);font-size:.9rem}pre{font:13px/1.5 ui-monospace,monospace;overflow-wrap:anywhere;white-space:pre-wrap}
pre{background:var(--cell);padding:.6rem;border-radius:.3rem;margin:.4rem 0}figure{margin:1rem 0}svg{width:100%;height:auto;display:block}
svg text{fill:var(--muted);font:12px system-ui,sans-serif}svg .tip{opacity:0;fill:var(--ink);font-weight:600;pointer-events:none;paint-order:stroke;stroke:var(--paper);stroke-width:4px}
g:hover>.tip,g:focus>.tip{opacity:1}svg:has(g:hover) g:focus:not(:hover)>.tip{opacity:0}g:focus{outline:none}g:focus>:not(.tip){stroke:var(--ink)}
.strip{fill:transparent}.hair{stroke:var(--muted);stroke-width:1;opacity:0}.dot.far{opacity:0}g.at:hover>.hair,g.at:focus>.hair,g.at:hover>.far,g.at:focus>.far{opacity:1}g.at:focus>.strip{stroke:none}g.at:focus>.dot{stroke-width:3}
.faint{opacity:.35;stroke-width:1}.pick{fill:var(--r0);fill-opacity:.15;stroke:var(--r0)}.plot{clip-path:url(#frame)}.clip{position:absolute;width:0;height:0}.hint{display:none}.scripted .hint{display:inline}.scripted .plot{cursor:crosshair}.scripted svg:has(.plot){user-select:none;-webkit-user-select:none;touch-action:pan-x pan-y}
.wider{float:right;font-size:.8rem;color:var(--muted);cursor:pointer}.wider input{vertical-align:-.1rem}figure:has(.wider input:checked) .wide svg{width:max(220%,60rem)}
.grid{stroke:var(--line)}.tick{stroke:var(--ink);stroke-width:2}polyline{fill:none;stroke-width:2}polyline.dashed{stroke-dasharray:6 4}
.run0{stroke:var(--r0)}.run1{stroke:var(--r1)}.run2{stroke:var(--r2)}.run3{stroke:var(--r3)}.run4{stroke:var(--r4)}.run5{stroke:var(--r5)}.run6{stroke:var(--r6)}.run7{stroke:var(--r7)}
circle.dot{fill:var(--paper);stroke-width:1.5;stroke-dasharray:none}
.entry{display:inline-block;margin-right:1.2rem}.key{display:inline-block;width:1.8rem;border-top:3px solid;margin-right:.4rem;vertical-align:middle}
.key.run0,.key.fires{border-color:var(--r0)}.key.run1{border-color:var(--r1)}.key.run2{border-color:var(--r2)}.key.run3{border-color:var(--r3)}.key.run4{border-color:var(--r4)}.key.run5{border-color:var(--r5)}.key.run6{border-color:var(--r6)}.key.run7{border-color:var(--r7)}.key.faint{border-top-width:1px}.key.dashed{border-top-style:dashed}.key.gone{border-color:var(--gone);border-top-style:dotted}.key.ink{border-color:var(--ink);border-top-width:2px}.key.thin{border-color:var(--gone);border-top-width:1px}
.cell{fill:var(--cell)}.heat .blank{fill:var(--paper)}.heat rect,rect.heat{fill:var(--heat)}.swatch{display:inline-block;width:1.2rem;vertical-align:middle;margin:0 .1rem}
line.fires{stroke:var(--r0);stroke-width:3}line.gone{stroke:var(--gone);stroke-width:3;stroke-dasharray:1.5 2.5}.lives .fires{stroke-width:calc(.75*var(--row))}.lives .gone{stroke-width:calc(.3*var(--row));stroke-dasharray:none}
.part0{fill:var(--r0);background:var(--r0)}.part1{fill:var(--r1);background:var(--r1)}.part2{fill:var(--r2);background:var(--r2)}.part3{fill:var(--r3);background:var(--r3)}
.chip{display:inline-block;width:.8rem;height:.8rem;margin-right:.3rem;vertical-align:-.05rem;print-color-adjust:exact}.bar{max-width:30rem}.bar svg{height:1rem}.bar .legend{margin:.1rem 0}
.wide{overflow-x:auto}table{border-collapse:collapse;font-size:.9rem}th,td{padding:.25rem .6rem;border-bottom:1px solid var(--line);text-align:right;vertical-align:top}th{font-weight:600;color:var(--muted)}th:first-child{text-align:left}
tbody th{color:var(--ink);font-weight:400;white-space:nowrap}td{white-space:nowrap}.words td{white-space:normal;text-align:left;overflow-wrap:break-word;min-width:6rem}.words thead th{text-align:left}.words tbody th{white-space:normal;overflow-wrap:anywhere;min-width:7rem}.words .differs{font-weight:700}
.card{border:1px solid var(--line);border-radius:.4rem;padding:.7rem;margin:.7rem 0;break-inside:avoid}.card .row{display:flex;flex-wrap:wrap;gap:.9rem;align-items:flex-start}.card .spark{width:10rem}
.shot{display:inline-block;text-align:center;font-size:.75rem;color:var(--muted);max-width:6rem;line-height:1.25}.shot img{display:block;margin:0 auto .2rem}img{image-rendering:pixelated;border:1px solid var(--line);width:72px;height:auto;print-color-adjust:exact}.shot.big{max-width:9rem}.shot.big img{width:112px}
.film{border:0;margin:0 auto;padding:0;display:grid;max-width:36rem}.film legend{color:var(--muted);font-size:.9rem;padding:0}
.film input{grid-row:1;appearance:none;margin:0 1px;height:1.8rem;background:var(--line);border-radius:2px;cursor:pointer}.film input:checked{background:var(--r0)}.film input:focus-visible{outline:3px solid var(--ink)}
.film .play{min-width:2.2rem;margin-right:.4rem}.film .play::before{content:"\25B6";display:block;text-align:center;line-height:1.8rem;font-size:.9rem;color:var(--ink)}.film .play:checked::before{color:var(--paper)}
.frame{grid-row:2;grid-column:1/-1;visibility:hidden}.film input:checked+.frame{visibility:visible}.play:checked~.frame{animation:var(--film) step-end infinite;animation-delay:var(--at)}
@media (prefers-reduced-motion:reduce){.play:checked~.frame{animation:none}.play:checked~.frame.last{visibility:visible}}
.frame svg{border:1px solid var(--line);margin-top:.4rem}.frame line.fires{stroke:var(--ink);stroke-width:1.1}.frame line.gone{stroke-width:2}.land{opacity:.16}.point{stroke:var(--paper);stroke-width:.7}
svg .axis{fill:var(--ink)}.zero{stroke:var(--muted)}polyline.dotted{stroke-dasharray:2 3}path.mark{fill:var(--paper);stroke-width:1.8}.whisker{stroke-width:1.3}.sample{display:inline-block;width:2.3rem;vertical-align:middle;margin-right:.3rem}
.band{fill-opacity:.2}.band0,.region0{fill:var(--r0)}.band1,.region1{fill:var(--r1)}.band2,.region2{fill:var(--r2)}.band3,.region3{fill:var(--r3)}.band4,.region4{fill:var(--r4)}.band5,.region5{fill:var(--r5)}.band6,.region6{fill:var(--r6)}.band7,.region7{fill:var(--r7)}
.region{fill-opacity:.35}svg .letter,svg .name{fill:var(--ink)}svg .name{paint-order:stroke;stroke:var(--paper);stroke-width:3px}.leader{stroke:var(--gone)}.dense text{font-size:13px}.ring{fill:none;stroke:var(--ink);stroke-width:3}.arrow{stroke:var(--ink);stroke-width:2.5}.arrow.under{stroke:var(--paper);stroke-width:6}.head{fill:var(--ink)}
summary{cursor:pointer}details{margin:.4rem 0}.many{columns:13rem;font-size:.85rem;color:var(--muted)}
.net .unit{fill:var(--cell);stroke:var(--line)}.net .dead{fill:var(--gone)}.net text{font-size:12px}.right rect:not(.cell){fill:var(--good)}.wrong rect:not(.cell){fill:var(--bad)}.count{fill:var(--ink);pointer-events:none}.ridge{fill:var(--r0);fill-opacity:.25;stroke:var(--r0);stroke-width:1}.ridge.old{fill-opacity:.08;stroke-opacity:.6}.chip.good{background:var(--good)}.chip.bad{background:var(--bad)}.shots{display:flex;flex-wrap:wrap;gap:.9rem}.net{margin:.4rem 0}
.ridges{display:grid;grid-template-columns:repeat(auto-fill,minmax(14rem,1fr));gap:.8rem}.ridges figure{margin:0}.ridges text{font-size:12px}.ridges g:focus .ridge,.ridges g:hover .ridge{stroke:var(--ink);stroke-width:2}
@media (max-width:600px){body{padding:.6rem}svg text{font-size:19px}.dense svg{min-width:600px}.dense text{font-size:13px}.swatch text{font-size:12px}.spark{width:8rem}dl{grid-template-columns:1fr}}
@media print{:root{color-scheme:light;--good:#116329;--bad:#a40e26;--note:#7d4e00;--doubt:#7d4e00;--ink:#000;--paper:#fff;--muted:#444;--line:#bbb;--cell:#eee;--heat:#000;--r0:#0550ae;--r1:#953800;--r2:#116329;--r3:#6639ba;--r4:#99286e;--r5:#136061;--r6:#5e4c00;--r7:#444;--gone:#777}
body{max-width:none;padding:0;font-size:11pt}figure,tr,.verdict,dl{break-inside:avoid}h2,h3{break-after:avoid}.hint,.wider{display:none!important}.film{display:block;max-width:none}.film input,.film legend{display:none}.film .frame,.film input:checked+.frame{display:none;animation:none!important}.film input+.frame.printed{display:inline-block;visibility:visible!important;width:32%;font-size:.75rem;vertical-align:top}details>:not(summary){display:block}.wide{overflow:visible}}
)";
}

}  // namespace lively::lab
