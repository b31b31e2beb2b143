package archipel.javaclient;

/** What the tests store. */
public record Island(String name, double area) {}
