import type { LiveScreen, ScreenOptions } from './live-screen.js';

/** Takes the terminal. What draws is loaded only now: no other command has to wait for it. */
export async function openLiveScreen(options: ScreenOptions): Promise<LiveScreen> {
  const { LiveScreen } = await import('./live-screen.js');
  return new LiveScreen(options);
}
