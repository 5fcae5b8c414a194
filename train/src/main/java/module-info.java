/** Keiryo's training: the recording interpreter of a forward pass, and what is learned with its gradients. */
@org.jspecify.annotations.NullMarked
module dev.keiryo.train {
    requires static transitive org.jspecify;
    requires transitive dev.keiryo.core;
    requires jdk.incubator.vector;

    exports dev.keiryo.train.optimize;
    exports dev.keiryo.train.tape;
}
