/** What a forward pass costs, counted by interpreting it without computing. */
package dev.keiryo.cost;
