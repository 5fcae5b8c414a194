/**
 * What changes weights by their gradients: {@link dev.keiryo.train.optimize.Optimizer}s, the {@link
 * dev.keiryo.train.optimize.Schedule} of their learning rate, clipping by {@link dev.keiryo.train.optimize.GradientNorm}, averages of
 * weights ({@link dev.keiryo.train.optimize.Ema}) and the {@link dev.keiryo.train.optimize.LearningRateFinder}. All of it gives the
 * same bits with any number of threads.
 */
package dev.keiryo.train.optimize;
