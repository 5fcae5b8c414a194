/** Prompts as objects: what they are made of, how they are rendered for a model, counted and fitted to a budget. */
package dev.keiryo.prompt;
