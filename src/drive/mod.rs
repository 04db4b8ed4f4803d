//! Search of public Google Drive folders by face.
