"""The law in force in this register: files of the law, how they are proposed, previewed and approved."""
