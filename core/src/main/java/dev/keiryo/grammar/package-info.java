/** Languages that a text is held to: GBNF grammars, regular expressions, JSON Schema, and the automaton that runs them. */
package dev.keiryo.grammar;
