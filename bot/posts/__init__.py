"""The editorial room: the register of figures, posts rendered as messages, and broadcasts."""
