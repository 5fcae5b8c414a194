/** Text for training: read from files, cleaned, split, made tokens, kept in mapped files, and given out step by step. */
package dev.keiryo.train.data;
