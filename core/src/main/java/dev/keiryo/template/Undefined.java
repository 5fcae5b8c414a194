package dev.keiryo.template;

/**
 * What a name or attribute stands for that does not exist: prints as nothing, iterates over nothing, is false; whatever
 * else is done with it fails with {@code message}.
 *
 * @param unsafe whether it exists but is out of a template's reach
 */
record Undefined(String message, boolean unsafe) {
    static Undefined name(String name) {
        return new Undefined(Representation.quoted(name) + " is undefined", false);
    }

    static Undefined hint(String message) {
        return new Undefined(message, false);
    }

    /** {@code owner.key} or {@code owner[key]}. */
    static Undefined member(Object owner, Object key, Budget budget) {
        if (owner instanceof Undefined u) {
            throw u.failure();
        }
        String type = Values.qualifiedName(owner);
        return new Undefined(
                key instanceof CharSequence name
                        ? Representation.quoted(type) + " has no attribute " + Representation.quoted(name.toString())
                        : type + " has no element " + Representation.repr(key, budget),
                false);
    }

    static Undefined unsafe(Object owner, String name) {
        return new Undefined(
                "access to attribute " + Representation.quoted(name) + " of "
                        + Representation.quoted(Values.typeName(owner)) + " object is unsafe.",
                true);
    }

    TemplateFailure failure() {
        return new TemplateFailure(unsafe ? TemplateFailure.Kind.SECURITY : TemplateFailure.Kind.UNDEFINED, message);
    }
}
