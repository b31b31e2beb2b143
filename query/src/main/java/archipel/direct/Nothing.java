package archipel.direct;

/** The two values of JavaScript that are none. */
enum Nothing {
    UNDEFINED,
    NULL
}
