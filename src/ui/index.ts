export { drawView } from './lag/draw-view.js';
export { KEY_MAP } from './lag/keys.js';
export { openLiveScreen } from './lag/open-live-screen.js';
export { type NextView, nextView, type ViewEvent } from './lag/view-events.js';
export {
  type Around,
  type Change,
  type ConsumerAt,
  type EntriesShown,
  frameNow,
  initialView,
  type MessageShown,
  type Notice,
  type Target,
  type ViewState,
} from './lag/view-state.js';
export type { Paint } from './paint.js';
export { type Look, renderPage } from './render-page.js';
export { type RunOutput, renderRunLive } from './render-run.js';
export type { RunEvent, StepEvent, StepTitle } from './run-events.js';
