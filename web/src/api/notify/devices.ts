import { request } from '../http';
import type { Device } from '../types';

export async function fetchDevices(): Promise<Device[]> {
  return (await request<{ data?: Device[] }>('/1/devices')).data ?? [];
}

export async function registerBrowser(subscription: PushSubscriptionJSON): Promise<Device> {
  const answer = await request<{ data: Device }>('/1/devices', {
    method: 'POST',
    json: { platform: 'webpush', subscription },
  });
  return answer.data;
}

export async function removeDevice(id: string): Promise<void> {
  await request(`/1/devices/${encodeURIComponent(id)}`, { method: 'DELETE' });
}

export async function fetchPushKey(): Promise<string> {
  const answer = await request<{ data: { public_key: string } }>('/1/devices/webpush_key');
  return answer.data.public_key;
}
