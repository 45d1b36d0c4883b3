import { signal } from '@preact/signals';

export interface Toast {
  id: number;
  text: string;
  tone: 'info' | 'error';
}

const LIFETIME = 6000;
let counter = 0;

export const toasts = signal<Toast[]>([]);

export function dismissToast(id: number): void {
  toasts.value = toasts.value.filter((toast) => toast.id !== id);
}

export function showToast(text: string, tone: Toast['tone'] = 'info'): void {
  counter += 1;
  const id = counter;
  // A failing action repeated quickly should not bury the page in copies.
  toasts.value = [...toasts.value.filter((toast) => toast.text !== text), { id, text, tone }];
  window.setTimeout(() => dismissToast(id), LIFETIME);
}
