/** Jinja templates as chat models carry them: Jinja2's language, Python's values, bounded in time and memory. */
package dev.keiryo.template;
