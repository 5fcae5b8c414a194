/** Simple texts that Keiryo writes itself, in English and Japanese, for a small model to learn from. */
@org.jspecify.annotations.NullMarked
package dev.keiryo.train.primer;
