/** What a model will take, before any work is done: memory, time, and places for its layers. */
package dev.keiryo.plan;
