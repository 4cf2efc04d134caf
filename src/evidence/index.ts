export type * from './sample.js';
