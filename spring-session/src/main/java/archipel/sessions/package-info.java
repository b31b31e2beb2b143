/**
 * Sessions of Spring Session in documents: what a browser's session has is there on whichever server serves it next.
 * {@link archipel.sessions.EnableArchipelHttpSession} turns it on.
 */
@NullMarked
package archipel.sessions;

import org.jspecify.annotations.NullMarked;
