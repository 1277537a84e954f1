/* The table of runs sorts by its columns and filters by words. Without this script it is a plain table in the order of the
 * plan. */
(function () {
  'use strict';
  const words = new Intl.Collator('en', {numeric: true, sensitivity: 'base'});

  /* What a cell sorts by: a number, a text, or null where there is nothing. */
  function keys(texts) {
    const given = texts.map(t => (t === '' || t === '–' ? null : t));
    const numbers = given.map(t => (t === null ? null : t === '∞' ? Infinity : Number(t.replace('−', '-'))));
    return numbers.some(x => Number.isNaN(x)) ? given : numbers;
  }

  /* Browsers lay out every row anew when one has moved, which takes seconds for thousands: so many are in the page at first,
   * the others when they are asked for. */
  const STEP = 500;

  function make(name, text, parent) {
    const element = document.createElement(name);
    element.append(text);
    parent.append(element);
    return element;
  }

  function enliven(table) {
    const body = table.tBodies[0], box = table.parentElement;
    const heads = Array.from(table.tHead.rows[0].cells);
    const names = heads.map(h => h.firstChild.textContent.trim().toLowerCase());
    const rows = Array.from(body.rows, (element, i) => {
      const texts = Array.from(element.cells, c => c.textContent);
      return {element, i, texts, all: texts.join(' ').toLowerCase(), kept: true};
    });
    const columns = heads.map(() => null); /* keys, made when they are first needed */
    let order = rows.slice(), by = -1, down = false, limit = STEP;

    function show() {
      const kept = order.filter(r => r.kept), shown = kept.slice(0, limit);
      body.replaceChildren(...shown.map(r => r.element));
      count.textContent = (kept.length < rows.length ? kept.length + ' of ' : '') + rows.length + ' runs' +
          (shown.length < kept.length ? ', the first ' + shown.length + ' are shown' : '');
      more.hidden = shown.length === kept.length;
    }

    function sort(column) {
      if (column === by && down) {
        by = -1; /* the third click: the plan's order */
        down = false;
      } else {
        down = column === by;
        by = column;
      }
      heads.forEach((h, k) => {
        if (k === by)
          h.setAttribute('aria-sort', down ? 'descending' : 'ascending');
        else
          h.removeAttribute('aria-sort');
      });
      order = rows.slice();
      if (by >= 0) {
        const key = columns[by] = columns[by] || keys(rows.map(r => r.texts[by]));
        order.sort((a, b) => {
          const x = key[a.i], y = key[b.i];
          if (x === null || y === null) /* what is not there comes last, up or down */
            return (x === null) - (y === null) || a.i - b.i;
          const d = typeof x === 'number' ? (x < y ? -1 : x > y ? 1 : 0) : words.compare(x, y);
          return (down ? -d : d) || a.i - b.i;
        });
      }
      show();
    }

    /* All words must be somewhere in a row; column=value must be the column's whole text, -word nowhere. */
    function filter(text) {
      const wanted = text.toLowerCase().split(/\s+/).filter(w => w && w !== '-').map(w => {
        const not = w[0] === '-' && w.length > 1, word = not ? w.slice(1) : w, at = word.indexOf('=');
        const column = at > 0 ? names.indexOf(word.slice(0, at)) : -1;
        return {not, word, column, value: word.slice(at + 1)};
      });
      rows.forEach(r => {
        r.kept = wanted.every(w => w.not !== (w.column >= 0 ? r.texts[w.column].toLowerCase() === w.value : r.all.includes(w.word)));
      });
      show();
    }

    function enlarge(by_how_many) {
      limit += by_how_many;
      show();
    }

    heads.forEach((h, k) => {
      const button = document.createElement('button');
      button.type = 'button';
      button.append(...h.childNodes);
      h.append(button);
      button.addEventListener('click', () => sort(k));
    });

    const form = document.createElement('div'), label = make('label', 'Filter', form), input = make('input', '', label);
    const count = make('output', '', form), help = make('small', '', form);
    const more = document.createElement('p');
    const example = names.findLastIndex((n, k) => k > 0 && k < names.indexOf('state') - 1 && rows[0].texts[k]); /* an axis */
    form.className = 'filter';
    input.type = 'search';
    input.autocomplete = 'off';
    input.spellcheck = false;
    count.setAttribute('aria-live', 'polite');
    help.textContent = 'Words that a row must hold, -word that it must not, column=value' +
        (example > 0 ? ' such as ' + names[example] + '=' + rows[0].texts[example] : '') + '.';
    box.before(form);
    more.className = 'more';
    for (const [text, n] of [['Show ' + STEP + ' more', STEP], ['Show all', Infinity]]) {
      const button = make('button', text, more);
      button.type = 'button';
      button.addEventListener('click', () => enlarge(n));
    }
    box.after(more);
    let waiting = 0;
    input.addEventListener('input', () => {
      clearTimeout(waiting);
      waiting = setTimeout(() => filter(input.value), 80);
    });
    window.addEventListener('beforeprint', () => enlarge(Infinity));
    show();
  }

  document.querySelectorAll('table.runs').forEach(t => t.tBodies[0].rows.length && enliven(t));
})();
