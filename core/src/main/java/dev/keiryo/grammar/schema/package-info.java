/** JSON Schema, compiled to the frames that constrained decoding drives. */
package dev.keiryo.grammar.schema;
