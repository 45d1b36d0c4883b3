// Applies the saved theme before the stylesheet paints. It is a separate file
// because the Content-Security-Policy forbids inline scripts.
try {
  var saved = localStorage.getItem('rookery.theme');
  if (saved === 'dark' || saved === 'light') document.documentElement.dataset.theme = saved;
} catch (_) {
  // Storage can be blocked; the system preference then applies.
}
