/** Models by name: fetched from the Hugging Face hub, or found in the folders and the cache where they already are. */
package dev.keiryo.hub;
