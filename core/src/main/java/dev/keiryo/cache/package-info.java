/** Keys and values of past tokens. */
package dev.keiryo.cache;
