package archipel.mesh;

/** Another node has done what no node of the mesh does; what it says names no secret. */
final class MeshViolationException extends Exception {
    MeshViolationException(String what) {
        super(what);
    }

    String what() {
        return String.valueOf(getMessage());
    }
}
