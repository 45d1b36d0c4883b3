INSERT INTO number_holders (phone, recipient_id)
SELECT phone, user_id FROM phones WHERE phone IS NOT NULL
ON CONFLICT (phone, recipient_id) DO NOTHING
