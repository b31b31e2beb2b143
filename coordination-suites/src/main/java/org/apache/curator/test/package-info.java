/** In the place of what Curator's own tests begin a server with: a way to servers that run already. */
@NullMarked
package org.apache.curator.test;

import org.jspecify.annotations.NullMarked;
