// Camera and microphone, as far as there are some and we may have them.

/**
 * Asks for camera and microphone, and makes do with less.
 * @param {boolean} wantsCamera
 * @returns {Promise<{stream: MediaStream|null, note: string}>} note: what is missing, for the user
 */
export async function openMedia(wantsCamera) {
  if (!navigator.mediaDevices?.getUserMedia) {
    return {
      stream: null,
      note: 'Browsers give camera and microphone to pages with https or on localhost only. You see and hear, but are not seen or heard.',
    };
  }
  let trouble = null;
  for (const want of wantsCamera ? [{ video: true, audio: true }, { audio: true }, { video: true }] : [{ audio: true }]) {
    try {
      const stream = await navigator.mediaDevices.getUserMedia(want);
      return { stream, note: missing(stream, wantsCamera, trouble) };
    } catch (err) {
      trouble ??= err;
    }
  }
  return { stream: null, note: `${reason(trouble)} You see and hear, but are not seen or heard.` };
}

function missing(stream, wantsCamera, trouble) {
  if (wantsCamera && stream.getVideoTracks().length === 0) {
    return `${reason(trouble)} You are heard, but not seen.`;
  }
  return stream.getAudioTracks().length === 0 ? 'There is no microphone. You are seen, but not heard.' : '';
}

function reason(err) {
  switch (err?.name) {
    case 'NotAllowedError':
      return 'Camera or microphone are not allowed for this page.';
    case 'NotReadableError':
      return 'Camera or microphone are in use by another program.';
    default:
      return 'No camera or microphone was found.';
  }
}

/** Gives camera and microphone back. */
export function closeMedia(stream) {
  for (const track of stream?.getTracks() ?? []) {
    track.stop();
  }
}
