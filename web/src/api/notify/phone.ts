import { ApiError, request } from '../http';

/** A number that waits for its code, or has been proved by it. */
export interface Phone {
  phone: string;
  verified: boolean;
}

const PATH = '/1/notifications/contacts/phone';

export async function fetchPhone(): Promise<Phone | null> {
  try {
    return (await request<{ data: Phone }>(PATH)).data;
  } catch (cause) {
    if (cause instanceof ApiError && cause.status === 404) return null;
    throw cause;
  }
}

/** Sends a code to the number; an earlier code is void. */
export async function setPhone(phone: string): Promise<Phone> {
  return (await request<{ data: Phone }>(PATH, { method: 'PUT', json: { phone } })).data;
}

export async function verifyPhone(phone: string, code: string): Promise<Phone> {
  const answer = await request<{ data: Phone }>(`${PATH}/verify`, {
    method: 'POST',
    json: { phone, code },
  });
  return answer.data;
}

export async function removePhone(): Promise<void> {
  await request(PATH, { method: 'DELETE' });
}
