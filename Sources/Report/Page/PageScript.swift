/// What shows the numbers below the pointer. The page says all the same without it.
///
/// It has no `<` and no `&`, so that it is the same text for readers of HTML and of XML.
enum PageScript {
    static let text = #"""
        'use strict';
        const shown = {
          bytes: v => (v / 1048576).toFixed(1) + ' MiB', share: v => (v * 100).toFixed(1) + ' %',
          rate: v => v >= 100 ? Math.round(v).toLocaleString('en') : v.toPrecision(3),
          number: v => String(Number(v.toPrecision(4)))
        };
        for (const figure of document.querySelectorAll('figure[data-hover]')) {
          const data = JSON.parse(figure.dataset.hover), plot = figure.querySelector('.plot');
          const tip = document.createElement('div'), cursor = document.createElement('div');
          tip.className = 'tip';
          cursor.className = 'cursor';
          const hide = () => { tip.remove(); cursor.remove(); };
          const show = event => {
            const box = plot.getBoundingClientRect(), at = (event.clientX - box.left) / box.width * 1000;
            let best = 0;
            data.at.forEach((x, i) => { if (Math.abs(data.at[best] - at) > Math.abs(x - at)) best = i; });
            const lines = data.lines.map(line => {
              const value = line.values[best];
              return line.name + '  ' + (value === null ? '–' : (shown[line.kind] || shown.number)(value));
            });
            tip.textContent = [data.labels[best], ...lines].join('\n');
            plot.append(cursor, tip);
            cursor.style.left = data.at[best] / 10 + '%';
            const left = data.at[best] / 1000 * box.width, room = box.width - left;
            const place = tip.offsetWidth + 12 > room ? left - tip.offsetWidth - 10 : left + 10;
            tip.style.left = Math.max(-40, place) + 'px';
          };
          plot.addEventListener('pointermove', show);
          plot.addEventListener('pointerdown', show);
          plot.addEventListener('pointerleave', hide);
        }

        """#
}
