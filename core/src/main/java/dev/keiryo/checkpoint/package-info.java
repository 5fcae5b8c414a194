/** A model as stored: metadata and weights under one vocabulary, whatever the file format. */
package dev.keiryo.checkpoint;
