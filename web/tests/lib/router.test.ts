import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { correctAddress, navigate, place, safePath, startRouter } from '../../src/lib/router';

beforeAll(startRouter);
beforeEach(() => {
  document.body.innerHTML = '';
  navigate('/start');
});

function click(html: string, options: MouseEventInit = {}): boolean {
  document.body.innerHTML = html;
  const target = document.querySelector('[data-click]');
  const event = new MouseEvent('click', { bubbles: true, cancelable: true, ...options });
  // Nothing but the router may act on it: the environment would load the page.
  const stop = (late: Event): void => late.preventDefault();
  let taken = false;
  const look = (late: Event): void => {
    taken = late.defaultPrevented;
    stop(late);
  };
  window.addEventListener('click', look, { once: true });
  target?.dispatchEvent(event);
  return taken;
}

describe('navigate', () => {
  it('moves to a path with its query', () => {
    navigate('/lists/5?tab=members');
    expect(place.value.path).toBe('/lists/5');
    expect(place.value.query.get('tab')).toBe('members');
    expect(place.value.kind).toBe('push');
    expect(location.pathname).toBe('/lists/5');
  });

  it('gives every place a key of its own', () => {
    const before = place.value.key;
    navigate('/start');
    expect(place.value.key).not.toBe(before);
  });

  it('adds to the history, or replaces in it', () => {
    const length = history.length;
    navigate('/a', { replace: true });
    expect(history.length).toBe(length);
    navigate('/b');
    expect(history.length).toBe(length + 1);
  });
});

it('corrects the address without a new place', () => {
  const before = place.value;
  correctAddress('/@ada/status/1');
  expect(location.pathname).toBe('/@ada/status/1');
  expect(place.value).toBe(before);
});

it('reads the address again when the user goes back', () => {
  history.replaceState({ key: 'kept' }, '', '/back');
  dispatchEvent(new PopStateEvent('popstate'));
  expect(place.value).toMatchObject({ path: '/back', kind: 'pop', key: 'kept' });
});

describe('safePath', () => {
  it.each([
    ['/settings', '/settings'],
    ['/?a=1', '/?a=1'],
    ['//evil.example', '/'],
    ['/\\evil.example', '/'],
    ['https://evil.example', '/'],
    ['javascript:alert(1)', '/'],
    ['', '/'],
    [null, '/'],
  ])('%s', (target, expected) => {
    expect(safePath(target)).toBe(expected);
  });
});

describe('clicks', () => {
  it('takes links of the site', () => {
    expect(click('<a href="/@ada?x=1"><b data-click>Ada</b></a>')).toBe(true);
    expect(place.value.path).toBe('/@ada');
    expect(place.value.query.get('x')).toBe('1');
  });

  it.each([
    ['another site', '<a href="https://other.example/" data-click>x</a>', {}],
    ['a new tab', '<a href="/a" target="_blank" data-click>x</a>', {}],
    ['an anchor', '<a href="#main" data-click>x</a>', {}],
    ['no link', '<b data-click>x</b>', {}],
    ['Ctrl', '<a href="/a" data-click>x</a>', { ctrlKey: true }],
    ['Meta', '<a href="/a" data-click>x</a>', { metaKey: true }],
    ['the middle button', '<a href="/a" data-click>x</a>', { button: 1 }],
  ])('leaves %s to the browser', (_, html, options) => {
    expect(click(html, options)).toBe(false);
    expect(place.value.path).toBe('/start');
  });
});
