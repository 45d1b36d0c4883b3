// Shows pushed notifications and opens what they are about. Nothing else: pages are not cached.
self.addEventListener('install', () => self.skipWaiting());
self.addEventListener('activate', (event) => event.waitUntil(self.clients.claim()));

function contentOf(event) {
  try {
    return event.data?.json() ?? {};
  } catch {
    return { text: event.data.text() };
  }
}

self.addEventListener('push', (event) => {
  const content = contentOf(event);
  const shown = self.registration.showNotification(content.title || 'Rookery', {
    body: content.text || '',
    icon: '/favicon.svg',
    tag: content.tag || content.notification_id,
    data: { url: content.url },
  });
  // Open pages look at once for what is new.
  const told = self.clients
    .matchAll({ type: 'window' })
    .then((pages) => pages.forEach((page) => page.postMessage({ type: 'pushed', content })));
  event.waitUntil(Promise.all([shown, told]));
});

self.addEventListener('notificationclick', (event) => {
  event.notification.close();
  const wanted = new URL(event.notification.data?.url || '/notifications', self.location.origin);
  const opened = self.clients.matchAll({ type: 'window' }).then((pages) => {
    const own = pages.find((page) => new URL(page.url).origin === wanted.origin);
    if (own && wanted.origin === self.location.origin) {
      return own.navigate(wanted.href).then((page) => page?.focus());
    }
    return self.clients.openWindow(wanted.href);
  });
  event.waitUntil(opened);
});
