#include "apps/lab/page/style.h"
#include "apps/lab/words/base64.h"
#include "apps/lab/words/sha256.h"

namespace lively::lab {

// In each picture one mark is reached with the Tab key and the others with the arrows. In a chart
// the marks of `.plot` are moved so that the part that was dragged out, or pulled apart by two
// fingers (a direction in which they begin close together stays as it is), fills the frame; numbers
// at the axes stay in place and say what is there now. No sign "less than": the page's tests count
// tags.
const char* page_script() {
  return R"(
document.documentElement.classList.add('scripted');
document.querySelectorAll('svg').forEach(svg => {
  const stops = [...svg.querySelectorAll('g[tabindex]')];
  stops.slice(1).forEach(g => g.setAttribute('tabindex', -1));
  svg.addEventListener('keydown', e => {
    const i = stops.indexOf(document.activeElement);
    const to = {ArrowRight: i + 1, ArrowDown: i + 1, ArrowLeft: i - 1, ArrowUp: i - 1, Home: 0, End: stops.length - 1}[e.key];
    if (i == -1 || !stops[to]) return;
    stops[i].setAttribute('tabindex', -1);
    stops[to].setAttribute('tabindex', 0);
    stops[to].focus();
    e.preventDefault();
  });
  const plot = svg.querySelector('.plot');
  if (!plot) return;
  const [l, t, r, b, x0, x1, y0, y1, log, percent] = plot.dataset.frame.split(' ').map(Number);
  const pick = svg.querySelector('.pick'), names = svg.querySelectorAll('.mark-x,.mark-y');
  const parts = [...svg.querySelectorAll('.plot :not(text):not(.pick),.under line')].map(e =>
    [e, Object.fromEntries([...e.attributes].map(a => [a.name, a.value]))]);
  names.forEach(n => n.dataset.said = n.textContent);
  let view = [l, t, r, b], from = null;
  const show = v => {
    view = v;
    const X = x => l + (x - v[0]) / (v[2] - v[0]) * (r - l), Y = y => t + (y - v[1]) / (v[3] - v[1]) * (b - t);
    for (const [e, o] of parts) {
      const put = (k, m) => k in o && e.setAttribute(k, m(+o[k]));
      const below = e.closest('.under');
      for (const k of ['x', 'x1', 'x2', 'cx']) put(k, X);
      if (!below) for (const k of ['y', 'y1', 'y2', 'cy']) put(k, Y);
      if (below) e.style.display = X(+o.x1) + .5 >= l && r >= X(+o.x1) - .5 ? '' : 'none';
      put('width', w => X(+o.x + w) - X(+o.x));
      put('height', h => Y(+o.y + h) - Y(+o.y));
      if (o.points) e.setAttribute('points', o.points.trim().split(' ').map(p => {
        const [x, y] = p.split(',');
        return X(+x).toFixed(2) + ',' + Y(+y).toFixed(2);
      }).join(' '));
    }
    const whole = v[0] == l && v[1] == t && v[2] == r && v[3] == b;
    names.forEach(n => {
      const across = n.classList.contains('mark-x'), f = across
        ? (v[0] + (n.getAttribute('x') - l) / (r - l) * (v[2] - v[0]) - l) / (r - l)
        : 1 - (v[1] + (n.getAttribute('y') - 4 - t) / (b - t) * (v[3] - v[1]) - t) / (b - t);
      const value = across ? x0 + f * (x1 - x0) : log ? y0 * (y1 / y0) ** f : y0 + f * (y1 - y0);
      n.textContent = whole ? n.dataset.said : across ? Math.round(value).toLocaleString('en')
        : percent ? (100 * value).toFixed(1) + ' %' : +value.toPrecision(3);
    });
  };
  const place = e => {
    const p = new DOMPoint(e.clientX, e.clientY).matrixTransform(svg.getScreenCTM().inverse());
    return [Math.min(r, Math.max(l, p.x)), Math.min(b, Math.max(t, p.y))];
  };
  svg.addEventListener('pointerdown', e => {
    if (e.pointerType == 'mouse' && e.button == 0) from = place(e);
  });
  const drag = e => {
    if (!from) return;
    const to = place(e), x = Math.min(from[0], to[0]), w = Math.abs(from[0] - to[0]);
    const flat = 8 > Math.abs(from[1] - to[1]), y = flat ? t : Math.min(from[1], to[1]);
    const h = flat ? b - t : Math.abs(from[1] - to[1]), far = w > 8;
    for (const [k, v] of [['x', x], ['y', y], ['width', far ? w : 0], ['height', far ? h : 0]]) pick.setAttribute(k, v);
    return far && [x, y, x + w, y + h];
  };
  addEventListener('pointermove', drag);
  addEventListener('pointerup', e => {
    const box = drag(e), v = view;
    from = null;
    for (const k of ['width', 'height']) pick.setAttribute(k, 0);
    if (box) show([0, 1, 2, 3].map(i => {
      const a = i % 2, low = a ? t : l, high = a ? b : r;
      return v[a] + (box[i] - low) / (high - low) * (v[a + 2] - v[a]);
    }));
  });
  svg.addEventListener('dblclick', () => show([l, t, r, b]));
  let hold = null, tapped = -1e9;
  const fingers = e => [...e.touches].map(place);
  svg.addEventListener('touchstart', e => {
    hold = e.touches.length == 2 ? {at: fingers(e), view} : null;
  }, {passive: true});
  svg.addEventListener('touchmove', e => {
    tapped = -1e9;
    if (!hold || e.touches.length != 2) return;
    e.preventDefault();
    const now = fingers(e), v = hold.view, sides = [0, 1].map(a => {
      const low = a ? t : l, all = (a ? b : r) - low, was = hold.at.map(p => v[a] + (p[a] - low) / all * (v[a + 2] - v[a]));
      if (40 > Math.abs(hold.at[0][a] - hold.at[1][a])) return [v[a], v[a + 2]];
      const wide = Math.min(all, Math.abs(was[0] - was[1]) * all / Math.max(10, Math.abs(now[0][a] - now[1][a])));
      const from = Math.min(low + all - wide, Math.max(low, was[0] - (now[0][a] - low) / all * wide));
      return [from, from + wide];
    });
    show([sides[0][0], sides[1][0], sides[0][1], sides[1][1]]);
  }, {passive: false});
  svg.addEventListener('touchend', e => {
    const twice = 350 > e.timeStamp - tapped;
    tapped = hold || twice ? -1e9 : e.timeStamp;
    if (twice) show([l, t, r, b]);
    hold = null;
  });
  svg.addEventListener('keydown', e => {
    if (e.key == 'Escape') show([l, t, r, b]);
    const dot = e.key == '+' && document.activeElement.querySelector('.hair');
    if (!dot) return;
    const mid = view[0] + (dot.getAttribute('x1') - l) / (r - l) * (view[2] - view[0]), half = (view[2] - view[0]) / 4;
    show([Math.max(l, mid - half), view[1], Math.min(r, mid + half), view[3]]);
  });
});
)";
}

std::string script_hash() { return "sha256-" + base64(sha256(page_script())); }

}  // namespace lively::lab
