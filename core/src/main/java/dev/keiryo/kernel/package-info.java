/** The arithmetic: one contract, a scalar oracle and vector kernels. */
package dev.keiryo.kernel;
