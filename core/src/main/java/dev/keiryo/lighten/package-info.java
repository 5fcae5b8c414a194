/** Makes a model as small as asked for, at the least measured cost. */
package dev.keiryo.lighten;
