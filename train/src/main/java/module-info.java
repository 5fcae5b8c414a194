/** Keiryo's training: the recording interpreter of a forward pass, and what is learned with its gradients. */
@org.jspecify.annotations.NullMarked
module dev.keiryo.train {
    requires static transitive org.jspecify;
    requires transitive dev.keiryo.core;
    requires dev.hardwood.core;
    requires java.logging;
    requires jdk.incubator.vector;
    requires org.jsoup;
    requires org.snakeyaml.engine;
    requires tools.jackson.databind;

    exports dev.keiryo.train;
    exports dev.keiryo.train.data;
    exports dev.keiryo.train.optimize;
    exports dev.keiryo.train.scaling;
    exports dev.keiryo.train.primer;
    exports dev.keiryo.train.tape;
}
