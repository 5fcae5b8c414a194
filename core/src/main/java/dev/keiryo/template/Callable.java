package dev.keiryo.template;

/** What can be called. */
@FunctionalInterface
interface Callable {
    Object call(Arguments arguments);
}
