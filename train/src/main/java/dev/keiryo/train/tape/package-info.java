/** The recording interpreter of {@link dev.keiryo.model.Ops}: forward, then backward through what was recorded. */
package dev.keiryo.train.tape;
