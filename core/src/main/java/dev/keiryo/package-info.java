/** Entry point and what everything shares. */
package dev.keiryo;
