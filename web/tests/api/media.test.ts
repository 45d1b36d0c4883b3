import { describe, expect, it } from 'vitest';
import { isPhoto, refusal } from '../../src/api/media';

const file = (type: string): File => new File(['x'], 'x', { type });
const photo = file('image/png');
const gif = file('image/gif');
const video = file('video/mp4');

describe('refusal', () => {
  it.each([
    ['four photos', [photo, photo, photo, photo], null],
    ['one GIF', [gif], null],
    ['one video', [video], null],
    ['five photos', Array(5).fill(photo), /up to 4 photos/],
    ['a photo and a GIF', [photo, gif], /or one GIF, or one video/],
    ['two videos', [video, video], /or one GIF, or one video/],
    ['a document', [file('application/pdf')], /^Only JPEG/],
    ['a photo and a document', [photo, file('text/html')], /^Only JPEG/],
  ])('%s', (_, files, words) => {
    if (words) expect(refusal(files)).toMatch(words);
    else expect(refusal(files)).toBeNull();
  });
});

it('tells photos from the rest', () => {
  expect([photo, gif, video].map(isPhoto)).toEqual([true, false, false]);
});
