// «Chữ to»: larger letters on every public page, remembered on this machine. Loaded right behind its button, so that the
// page below is drawn in the chosen size at once; without JavaScript the button stays hidden.
(() => {
  const KEY = 'trian.larger';
  const button = document.getElementById('larger');
  const show = (larger) => {
    document.documentElement.classList.toggle('larger-text', larger);
    button.setAttribute('aria-pressed', String(larger));
  };
  const remembered = () => {
    try { return localStorage.getItem(KEY) === '1'; } catch { return false; }
  };
  const remember = (larger) => {
    try {
      if (larger) localStorage.setItem(KEY, '1');
      else localStorage.removeItem(KEY);
    } catch { /* this browser keeps nothing: it lasts as long as the page */ }
  };
  button.addEventListener('click', () => {
    const larger = button.getAttribute('aria-pressed') !== 'true';
    show(larger);
    remember(larger);
  });
  addEventListener('storage', (event) => { if (event.key === KEY) show(event.newValue === '1'); });
  addEventListener('pageshow', () => show(remembered()));
  show(remembered());
  button.hidden = false;
})();
